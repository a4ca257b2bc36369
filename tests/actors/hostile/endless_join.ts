import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the parts of an array with four thousand million holes",
  source: `(self) => new Array(4294967295).join('').length`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs", "memoryBytes"] },
};
