import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an import of a module of the host",
  source: `(self) => { import('node:fs').then((fs) => { globalThis.fs = fs; }, () => 0); return typeof fs; }`,
  expect: { value: "undefined" },
};
