import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an error whose own text throws",
  source:
    `(self) => { throw { get name() { throw 1; }, get message() { throw 2; }, get stack() { throw 3; } }; }`,
  expect: { error: "method_failed" },
};
