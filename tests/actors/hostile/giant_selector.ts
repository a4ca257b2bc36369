import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a selector larger than any",
  source: `(self) => self.send('x'.repeat(1000000))`,
  expect: { error: "method_failed", words: "1 to 200 characters" },
};
