import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an error that is giant in each part",
  source:
    `(self) => { throw { name: 'n'.repeat(3000000), message: 'm'.repeat(3000000), stack: 's'.repeat(3000000) }; }`,
  expect: { error: "method_failed" },
};
