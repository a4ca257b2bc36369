import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a proxy whose traps never end",
  source: `(self) => new Proxy({}, { getPrototypeOf() { for (;;); } })`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
