import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "more slots written than allowed",
  source: `(self) => { for (;;) self.set('n', 1); }`,
  limits: { intents: 100 },
  expect: { error: "sandbox_limit", limits: ["intents"] },
};
