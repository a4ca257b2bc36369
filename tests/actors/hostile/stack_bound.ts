import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a function bound a hundred thousand times",
  source: `(self) => { let f = () => 1; for (let n = 0; n < 100000; n++) f = f.bind(null); return f(); }`,
  expect: { error: "sandbox_limit", limits: ["stackBytes", "memoryBytes"] },
};
