import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a clock where chance was declared",
  source: `(self) => Date.now()`,
  effects: ["random"],
  grants: ["random"],
  expect: { error: "method_failed", words: "was not granted" },
};
