import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an object that waits for a promise that is never there",
  source: `(self) => { Object.prototype.then = function (done) { for (;;); }; return { a: 1 }; }`,
  expect: { value: { a: 1 } },
};
