import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an answer that would be read as a reference",
  source: `(self) => JSON.parse('{"a":{"$ref":"somebody"}}')`,
  expect: { error: "method_failed", words: "begins with [$]" },
};
