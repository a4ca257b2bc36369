import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the sandbox's own functions by their names",
  source:
    `(self) => ['read', 'native', 'compile', 'limit', 'entries', 'intents', 'host', 'Handle'].filter((name) => { try { return eval('typeof ' + name) !== 'undefined'; } catch { return false; } })`,
  expect: { value: [] },
};
