import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a regular expression that backtracks without end",
  source: `(self) => /^(a+)+$/.test('a'.repeat(60) + 'b')`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
