import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a reference hidden deep in a value",
  source: `(self) => self.set('x', [{ deep: [{ '$ref': 'secret' }] }])`,
  expect: { error: "method_failed", words: "begins with [$]" },
};
