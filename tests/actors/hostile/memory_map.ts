import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a table that fills the memory",
  source: `(self) => { const all = new Map(); for (;;) all.set(all.size, [all.size]); }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
