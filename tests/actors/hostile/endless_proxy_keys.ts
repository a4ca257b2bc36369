import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an answer that never stops telling its keys",
  source: `(self) => new Proxy({}, { ownKeys() { for (;;); } })`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
