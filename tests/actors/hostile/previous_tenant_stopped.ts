import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that leaves something and will not stop",
  source: `(self) => { globalThis.left = 'secret'; Array.prototype.left = 'secret'; for (;;); }`,
  next: { source: "(self) => [typeof left, typeof [].left]", value: ["undefined", "undefined"] },
  expect: { error: "sandbox_limit", limits: ["deadlineMs"] },
};
