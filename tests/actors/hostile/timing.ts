import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a clock that was not granted",
  source: `(self) => performance.now()`,
  expect: { error: "method_failed", words: "was not granted" },
};
