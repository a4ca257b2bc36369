import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a write that was not declared",
  source: `(self) => self.set('count', 7)`,
  effects: [],
  expect: { error: "method_failed", words: 'did not declare the effect "writes_self"' },
};
