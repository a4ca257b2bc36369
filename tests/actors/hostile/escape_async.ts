import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a way out through the constructor of an async function",
  source: `(self) => { (async () => {}).constructor('globalThis.left = 1')(); return typeof Deno; }`,
  expect: { value: "undefined" },
};
