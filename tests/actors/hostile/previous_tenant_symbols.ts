import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a message left in the table of symbols and expressions",
  source: `(self) => { Symbol.for('left').description; /(secret)/.test('secret'); return 1; }`,
  next: { source: "(self) => String(RegExp.$1 ?? RegExp.lastMatch ?? null)", value: "null" },
  expect: { value: 1 },
};
