import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a loop that catches what would stop it",
  source:
    `(self) => { for (;;) { try { for (;;) self.send('up'); } catch { continue; } finally { continue; } } }`,
  limits: { sends: 1_000 },
  expect: { error: "sandbox_limit", limits: ["sends"] },
};
