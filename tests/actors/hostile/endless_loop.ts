import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a loop that never ends",
  source: `(self) => { while (true); }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
