import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an error whose own text never ends",
  source: `(self) => { throw { get message() { for (;;); } }; }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
