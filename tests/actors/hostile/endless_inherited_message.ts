import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an error whose text is a trap of its prototype",
  source:
    `(self) => { Object.defineProperty(TypeError.prototype, 'message', { get() { for (;;); } }); Object.defineProperty(TypeError.prototype, 'name', { get() { for (;;); } }); null.x; }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
