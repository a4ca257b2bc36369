import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "numbers that fill the memory",
  source: `(self) => { const all = []; for (;;) all.push(new Float64Array(10000)); }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
