import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a value to be written that contains itself",
  source: `(self) => { const list = [1]; list.push(list); self.set('x', list); }`,
  expect: { error: "method_failed", words: "contains itself" },
};
