import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a value nested too deeply to be written",
  source:
    `(self) => { let deep = []; for (let n = 0; n < 100000; n++) deep = [deep]; return JSON.stringify(deep); }`,
  expect: { error: "sandbox_limit", limits: ["stackBytes", "deadlineMs"] },
};
