import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a number that never says what it is",
  source: `(self) => ({ valueOf() { for (;;); } }) + 1`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
