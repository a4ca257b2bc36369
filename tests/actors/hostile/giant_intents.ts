import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "more written than may leave",
  source: `(self) => { for (let n = 0; ; n++) self.set('s' + n, 'x'.repeat(1000)); }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["outputBytes"] },
};
