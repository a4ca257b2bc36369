import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an object that only looks like one of the image",
  source:
    `(self) => { const fake = Object.create(Object.getPrototypeOf(self)); return fake.set('count', 7); }`,
  expect: { error: "method_failed", words: "private|brand|field|class" },
};
