import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a generator spread without end",
  source: `(self) => [...(function* () { for (;;) yield 0; })()]`,
  expect: { error: "sandbox_limit", limits: ["memoryBytes", "deadlineMs"] },
};
