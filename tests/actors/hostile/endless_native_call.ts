import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a native call that QuickJS itself cannot interrupt",
  source: `(self) => new Array(4294967295).indexOf(1)`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
