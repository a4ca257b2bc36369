import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a setter that never ends",
  source: `(self) => { ({ set x(value) { for (;;); } }).x = 1; }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
