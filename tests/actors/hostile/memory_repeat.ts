import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a text repeated beyond the memory",
  source: `(self) => { let text = 'x'; for (;;) text = text.repeat(2) + 'y'; }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
