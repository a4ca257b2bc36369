import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a key that never says what it is",
  source: `(self) => ({})[{ toString() { for (;;); } }]`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
