import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "methods that send to each other without end",
  source: `(self) => self.send('go')`,
  expect: { error: "sandbox_limit", limits: ["depth"] },
};
