import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a proxy of a proxy of a proxy",
  source:
    `(self) => { let all = {}; for (let n = 0; n < 100000; n++) all = new Proxy(all, {}); return all.x; }`,
  expect: { error: "sandbox_limit", limits: ["stackBytes", "deadlineMs"] },
};
