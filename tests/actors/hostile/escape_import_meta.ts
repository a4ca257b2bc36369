import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the place of the module",
  source: `(self) => eval('import.meta.url')`,
  expect: { error: "method_failed" },
};
