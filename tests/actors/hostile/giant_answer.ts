import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an answer larger than may leave",
  source: `(self) => 'x'.repeat(4 * 1024 * 1024)`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["outputBytes"] },
};
