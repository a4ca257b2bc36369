import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a removal that was not declared",
  source: `(self) => self.remove('count')`,
  effects: ["writes_others"],
  expect: { error: "method_failed", words: 'did not declare the effect "writes_self"' },
};
