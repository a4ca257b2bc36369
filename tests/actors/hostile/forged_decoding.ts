import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a change of how the sandbox reads its own values",
  source:
    `(self) => { JSON.parse = () => ({ '$ref': 'secret' }); Object.keys = () => ['$ref']; self.set('x', { a: 1 }); return self.get('x'); }`,
  expect: { value: { a: 1 }, intents: [{ kind: "set_slot", oid: "it", slot: "x", value: { a: 1 } }] },
};
