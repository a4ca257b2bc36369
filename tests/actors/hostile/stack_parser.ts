import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a source nested too deeply for the parser",
  source: `(self) => eval('['.repeat(200000))`,
  expect: { error: "sandbox_limit", limits: ["stackBytes"] },
};
