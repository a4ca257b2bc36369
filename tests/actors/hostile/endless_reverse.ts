import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a list turned around that has no end",
  source: `(self) => Array.prototype.reverse.call({ length: 2 ** 53 - 1 }).length`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
