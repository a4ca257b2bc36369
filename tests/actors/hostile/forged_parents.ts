import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that would change its own delegation",
  source: `(self) => self.set('parent*', [])`,
  expect: { error: "method_failed", words: "not a slot that a method may write" },
};
