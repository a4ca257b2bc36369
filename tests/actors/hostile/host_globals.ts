import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a look for the globals of the host",
  source:
    `(self) => [typeof Deno, typeof process, typeof require, typeof fetch, typeof setTimeout, typeof WebAssembly,
    typeof SharedArrayBuffer, typeof Atomics, typeof WeakRef, typeof FinalizationRegistry, typeof console]`,
  expect: { value: new Array(11).fill("undefined") },
};
