import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an error whose text is giant",
  source: `(self) => { throw new Error('x'.repeat(5000000)); }`,
  expect: { error: "method_failed" },
};
