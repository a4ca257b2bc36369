import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a clock asked for in another scope",
  source: `(self) => (0, eval)('Date.now()')`,
  expect: { error: "method_failed", words: "was not granted" },
};
