import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a value to be written that never tells its length",
  source: `(self) => self.set('x', new Proxy([], { get() { for (;;); } }))`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
