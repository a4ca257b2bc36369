import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the host's folders in a stack",
  source:
    `(self) => { try { null.x; } catch (error) { return /file:|[/]work|[/]home|[/]actors/.test(String(error.stack)); } }`,
  expect: { value: false },
};
