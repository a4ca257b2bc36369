import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "getters that call each other",
  source:
    `(self) => { const a = { get x() { return b.x; } }; const b = { get x() { return a.x; } }; return a.x; }`,
  expect: { error: "sandbox_limit", limits: ["stackBytes"] },
};
