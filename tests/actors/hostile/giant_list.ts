import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a list larger than may leave",
  source: `(self) => new Array(20000).fill('x'.repeat(100))`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["outputBytes"] },
};
