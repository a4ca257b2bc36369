import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "frames of the host through the preparation of a stack",
  source:
    `(self) => { Error.prepareStackTrace = (error, frames) => frames; const frames = new Error('x').stack; return Array.isArray(frames) ? frames.some((frame) => { try { return typeof frame.getThis().Deno === 'object'; } catch { return false; } }) : false; }`,
  expect: { value: false },
};
