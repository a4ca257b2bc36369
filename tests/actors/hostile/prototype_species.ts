import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "lists that make other lists",
  source:
    `(self) => { Object.defineProperty(Array, Symbol.species, { get() { for (;;); } }); Object.defineProperty(Array.prototype, 'length', { value: 9 }); return [1]; }`,
  expect: { value: [1] },
};
