import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "work left behind in a promise",
  source: `(self) => { Promise.resolve().then(() => { for (;;); }); return 'done'; }`,
  expect: { value: "done" },
};
