import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a proxy that stands for the receiver",
  source: `(self) => new Proxy(self, {}).get('count')`,
  expect: { error: "method_failed", words: "private|brand|field|class" },
};
