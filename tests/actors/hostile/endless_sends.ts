import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "sends without end",
  source: `(self) => { for (;;) self.send('up'); }`,
  expect: { error: "sandbox_limit", limits: ["deadlineMs", "sends"] },
};
