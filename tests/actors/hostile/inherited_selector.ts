import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "selectors that every JavaScript object has",
  source:
    `(self) => ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'].map((name) => self.has(name) || self.get(name) !== undefined)`,
  expect: { value: [false, false, false, false, false] },
};
