import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a way out through the constructor of a generator",
  source:
    `(self) => { const world = (function* () {}).constructor('yield globalThis')().next().value; return ['Deno', 'process', 'fetch', 'require'].filter((name) => name in world); }`,
  expect: { value: [] },
};
