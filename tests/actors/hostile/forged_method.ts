import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a method that a program would write itself",
  source: `(self) => self.set('up', { $native: 'steal' })`,
  expect: { error: "method_failed", words: "begins with [$]" },
};
