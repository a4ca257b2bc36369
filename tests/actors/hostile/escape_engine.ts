import type { HostileProgram } from "./hostile_program.ts";

export const program: HostileProgram = {
  title: "the engine's own helpers",
  source:
    `(self) => ['std', 'os', 'bjson', 'scriptArgs', 'print', 'loadScript', 'gc', 'Intl', 'crypto', 'ShadowRealm', 'navigator'].filter((name) => name in globalThis)`,
  expect: { value: [] },
};
