import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a buffer larger than the memory",
  source: `(self) => new ArrayBuffer(1024 * 1024 * 1024).byteLength`,
  limits: { deadlineMs: 5_000 },
  expect: { error: "sandbox_limit", limits: ["memoryBytes"] },
};
