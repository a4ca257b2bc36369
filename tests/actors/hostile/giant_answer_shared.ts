import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a small value that is giant when written out",
  source:
    `(self) => { let value = 'x'.repeat(1000); for (let n = 0; n < 20; n++) value = [value, value]; return value; }`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["outputBytes"] },
};
