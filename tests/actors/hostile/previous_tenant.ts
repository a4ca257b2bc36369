import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that leaves something on what the sandbox itself uses",
  source: `(self) => { self.get.left = 'secret'; Object.getPrototypeOf(self).left = 'secret'; }`,
  next: {
    source: `(self) => [typeof self.get.left, typeof self.left]`,
    value: ["undefined", "undefined"],
  },
  expect: { error: "method_failed", words: "extensible|read-only|frozen|cannot" },
};
