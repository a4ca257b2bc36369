import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a time through the words of a language",
  source: `(self) => new Intl.DateTimeFormat().format()`,
  expect: { error: "method_failed", words: "Intl" },
};
