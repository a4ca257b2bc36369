import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "an import of a file",
  source: `(self) => import('file:///etc/passwd')`,
  expect: { error: "method_failed", words: "cannot be kept|not supported|import" },
};
