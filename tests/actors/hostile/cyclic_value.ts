import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an answer that contains itself",
  source: `(self) => { const value = {}; value.self = [value]; return value; }`,
  expect: { error: "method_failed", words: "contains itself" },
};
