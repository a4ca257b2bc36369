import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a text padded beyond the memory",
  source: `(self) => 'x'.padStart(2 ** 29).length`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
