import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "arrays that fill the memory",
  source: `(self) => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
