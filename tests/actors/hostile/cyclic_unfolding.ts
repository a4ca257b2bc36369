import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a value that unfolds without end",
  source: `(self) => { const make = () => ({ get next() { return make(); } }); return make(); }`,
  expect: { error: "method_failed", words: "nested more than" },
};
