import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a reading of JSON that never ends",
  source: `(self) => JSON.parse('[1]', () => { for (;;); })`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
