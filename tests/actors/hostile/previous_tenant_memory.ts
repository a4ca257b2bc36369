import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "a program that fills the memory for who looks into it next",
  source:
    `(self) => { const all = []; for (let n = 0; n < 200; n++) all.push(new Uint8Array(10000).fill(83)); return all.length; }`,
  next: {
    source:
      `(self) => { let found = 0; for (let n = 0; n < 200; n++) if (new Uint8Array(10000).includes(83)) found++; return found; }`,
    value: 0,
  },
  expect: { value: 200 },
};
