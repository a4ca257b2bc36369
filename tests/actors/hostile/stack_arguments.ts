import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a call with a million arguments",
  source: `(self) => Math.max(...new Array(1000000).fill(1))`,
  expect: { error: "method_failed", words: "too many arguments" },
};
