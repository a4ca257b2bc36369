import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a write that was not declared, and its refusal hidden",
  source: `(self) => { try { self.set('count', 7); } catch { return self.get('count'); } }`,
  effects: [],
  expect: { value: 1, intents: [] },
};
