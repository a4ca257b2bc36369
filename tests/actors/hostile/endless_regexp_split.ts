import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a split that backtracks without end",
  source: `(self) => 'a'.repeat(60).concat('b').split(/^(?:a|aa)+$/)`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
