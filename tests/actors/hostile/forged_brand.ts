import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the sandbox's mark put upon another object",
  source:
    `(self) => { class Stamp extends (function (it) { return it; }) { #oid = 'base'; constructor(it) { super(it); } } const fake = new Stamp(Object.create(Object.getPrototypeOf(self))); return fake.get('count'); }`,
  expect: { error: "method_failed", words: "private|brand|field|class" },
};
