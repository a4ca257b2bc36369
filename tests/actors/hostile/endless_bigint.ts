import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a power of more digits than there is room",
  source: `(self) => String(7n ** 99999999n).length`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "method_failed", words: "too large to allocate" },
};
