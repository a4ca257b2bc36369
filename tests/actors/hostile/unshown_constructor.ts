import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an object made with the class of the receiver",
  source: `(self) => new (Object.getPrototypeOf(self).constructor)('base').get('up')`,
  expect: { error: "method_failed" },
};
