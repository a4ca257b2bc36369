import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "chance that was not granted",
  source: `(self) => Math.random()`,
  expect: { error: "method_failed", words: "was not granted" },
};
