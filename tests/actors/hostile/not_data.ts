import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an answer that is no data",
  source: `(self) => new Map([[1, 2]])`,
  expect: { error: "method_failed", words: "only plain objects" },
};
