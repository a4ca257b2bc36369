import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a method of the sandbox called on something else",
  source: `(self) => self.set.call({ oid: 'base' }, 'count', 7)`,
  expect: { error: "method_failed", words: "private|brand|field|class" },
};
