import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an array of more than there can be",
  source: `(self) => Array.from({ length: 2 ** 53 - 1 })`,
  expect: { error: "method_failed", words: "invalid array length" },
};
