import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a reference made out of thin air",
  source: `(self) => self.set('friend', { $ref: 'somebody' })`,
  expect: { error: "method_failed", words: "begins with [$]" },
};
