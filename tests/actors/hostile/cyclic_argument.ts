import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "arguments that contain themselves, from method to method",
  source: `(self) => { const loop = {}; loop.me = loop; return self.send('up', loop); }`,
  expect: { value: 2 },
};
