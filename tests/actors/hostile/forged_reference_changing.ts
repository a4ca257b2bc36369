import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "keys that change between two looks",
  source:
    `(self) => { let looks = 0; return new Proxy({ '$ref': 'secret' }, { ownKeys: () => looks++ === 0 ? [] : ['$ref'] }); }`,
  expect: { value: {} },
};
