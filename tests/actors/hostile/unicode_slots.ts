import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "slots with names that look alike",
  source:
    `(self) => { self.set('e\\u0301', 1); self.set('\\u00e9', 2); return [self.get('e\\u0301'), self.get('\\u00e9')]; }`,
  expect: { value: [1, 2] },
};
