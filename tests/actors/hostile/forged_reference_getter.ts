import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a reference that only shows when it is read",
  source: `(self) => ({ get '$ref'() { return 'secret'; } })`,
  expect: { error: "method_failed", words: "begins with [$]" },
};
