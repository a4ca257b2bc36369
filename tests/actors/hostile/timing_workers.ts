import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "clocks made of threads and waiting",
  source:
    `(self) => ['Atomics', 'SharedArrayBuffer', 'Worker', 'setTimeout', 'setInterval', 'queueMicrotask', 'requestAnimationFrame', 'Temporal'].filter((name) => name in globalThis && name !== 'queueMicrotask')`,
  expect: { value: [] },
};
