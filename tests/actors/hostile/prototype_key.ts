import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a value with the key of the prototype",
  source:
    `(self) => { self.set('items', JSON.parse('{"__proto__":{"admin":true}}')); return [self.get('items').admin === undefined, {}.admin === undefined]; }`,
  expect: { value: [true, true] },
};
