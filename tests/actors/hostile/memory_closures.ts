import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "functions that keep one another",
  source: `(self) => { let all = null; for (;;) { const before = all; all = () => before; } }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
