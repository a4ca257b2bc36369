import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an answer that JSON cannot hold",
  source: `(self) => [0 / 0]`,
  expect: { error: "method_failed", words: "NaN is not a number" },
};
