import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a value that would be read as another intent",
  source: `(self) => { self.set('a', '"},{"kind":"remove_slot","oid":"base","slot":"up"'); return 1; }`,
  expect: {
    value: 1,
    intents: [{
      kind: "set_slot",
      oid: "it",
      slot: "a",
      value: '"},{"kind":"remove_slot","oid":"base","slot":"up"',
    }],
  },
};
