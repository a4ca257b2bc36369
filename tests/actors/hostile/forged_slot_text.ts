import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a slot name that would end its own quotes",
  source: `(self) => { self.set('a","oid":"base', 1); return 1; }`,
  expect: { value: 1, intents: [{ kind: "set_slot", oid: "it", slot: 'a","oid":"base', value: 1 }] },
};
