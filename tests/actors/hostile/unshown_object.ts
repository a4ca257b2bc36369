import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "objects that it was never shown, by guessing",
  source:
    `(self) => ['secret', 'base', 'genesis', '__proto__'].map((name) => { try { return self.get(name) ?? null; } catch { return 'refused'; } })`,
  expect: { value: [null, null, null, null] },
};
