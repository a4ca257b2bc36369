import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a getter in the answer that never ends",
  source: `(self) => ({ get x() { while (true); } })`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
