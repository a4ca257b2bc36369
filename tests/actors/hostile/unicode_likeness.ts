import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "selectors that only look like one",
  source:
    `(self) => ['u\\u0070\\u0301', 'up\\u202e', 'UP', 'u p', ' up', 'up '].map((name) => self.has(name))`,
  expect: { value: [false, false, false, false, false, false] },
};
