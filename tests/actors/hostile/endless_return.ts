import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a generator that will not be closed",
  source:
    `(self) => { const all = (function* () { try { yield 1; } finally { for (;;); } })(); for (const one of all) break; }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
