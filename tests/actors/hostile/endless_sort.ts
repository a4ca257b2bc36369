import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a sort whose comparison never ends",
  source: `(self) => [3, 1, 2].sort(() => { for (;;); })`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
