import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a text that grows when it is written out",
  source: `(self) => '\\u0000'.repeat(400000)`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["outputBytes"] },
};
