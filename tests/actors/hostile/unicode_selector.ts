import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "selectors with invisible and broken characters",
  source: `(self) => ['up\\u0000', 'u\\u200bp', '\\ud800', 'u\\u0440'].map((name) => self.has(name))`,
  expect: { value: [false, false, false, false] },
};
