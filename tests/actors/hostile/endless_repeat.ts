import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a text repeated over and over",
  source: `(self) => { for (;;) 'ab'.repeat(100000); }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
