import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that freezes what the next one needs",
  source:
    `(self) => { Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(globalThis); return 1; }`,
  next: { source: "(self) => { globalThis.x = 1; Array.prototype.y = 2; return [x, [].y]; }", value: [1, 2] },
  expect: { value: 1 },
};
