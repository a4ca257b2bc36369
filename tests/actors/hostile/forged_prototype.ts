import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "another prototype for the receiver",
  source: `(self) => Object.setPrototypeOf(self, { get: () => 'stolen' })`,
  expect: { error: "method_failed", words: "extensible|not|cannot" },
};
