import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "half a character as an answer",
  source: `(self) => '\\ud800'`,
  expect: { value: "\ud800" },
};
