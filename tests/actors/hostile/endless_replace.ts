import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a replacement that never ends",
  source: `(self) => 'aaa'.replace(/a/g, () => { for (;;); })`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
