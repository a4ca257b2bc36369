import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the caller of a method",
  source: `(self) => (function () { return arguments.callee.caller; })()`,
  expect: { error: "method_failed" },
};
