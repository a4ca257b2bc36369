import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a slot named like the prototype",
  source: `(self) => { self.set('__proto__', { polluted: true }); }`,
  expect: { error: "method_failed", words: "not a slot that a method may write" },
};
