import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "small objects that fill the memory until there is none for an error",
  source: `(self) => { const all = []; for (;;) all.push({ n: all.length }); }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
