import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that leaves a global for the next call",
  source:
    `(self) => { globalThis.left = 'secret'; Object.prototype.left = 'secret'; Symbol.for('left'); return typeof left; }`,
  next: { source: `(self) => [typeof left, typeof {}.left]`, value: ["undefined", "undefined"] },
  expect: { value: "string" },
};
