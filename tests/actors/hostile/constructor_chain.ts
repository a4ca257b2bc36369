import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a way out through the constructor of a function",
  source: `(self) => {
    const world = self.send.constructor('return globalThis')();
    const more = (0, eval)('this');
    const names = ['Deno', 'process', 'require', 'fetch', 'WebAssembly', 'Worker', 'navigator', 'window', 'telos'];
    return names.filter((name) => name in world || name in more);
  }`,
  expect: { value: [] },
};
