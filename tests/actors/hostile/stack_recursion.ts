import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a recursion without end",
  source: `(self) => { const down = () => 1 + down(); return down(); }`,
  expect: { error: "sandbox_limit", limits: ["stackBytes"] },
};
