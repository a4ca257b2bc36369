import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a clock found through the description of the global",
  source: `(self) => new (Object.getOwnPropertyDescriptor(globalThis, 'Date').get())()`,
  expect: { error: "method_failed", words: "was not granted" },
};
