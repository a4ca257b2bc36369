import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an object of a million keys",
  source: `(self) => { const all = {}; for (let n = 0; ; n++) all['key' + n] = n; }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes", "deadlineMs"] },
};
