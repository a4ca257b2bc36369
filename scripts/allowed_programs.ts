/**
 * The programs that the server may start, as a value of `--allow-run`: this Deno, for its own children; `pip` or
 * `pip3`, which can fetch the embedding model; and what opens a browser. Those that are not on this machine are left out.
 */
import { delimiter, join } from "node:path";

const OPENERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["cmd"],
};

/** @param isFile tells whether a path is a file */
export function allowedPrograms(
  machine: { readonly deno: string; readonly os: typeof Deno.build.os; readonly path: string },
  isFile: (path: string) => boolean,
): string[] {
  const folders = machine.path.split(delimiter).filter((folder) => folder !== "");
  const suffix = machine.os === "windows" ? ".exe" : "";
  const there = (name: string) => folders.some((folder) => isFile(join(folder, name + suffix)));
  return [machine.deno, ...["pip", "pip3", ...OPENERS[machine.os] ?? []].filter(there)];
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    // A folder of the search path that is not there, or may not be looked into, holds no program.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

if (import.meta.main) {
  const machine = { deno: Deno.execPath(), os: Deno.build.os, path: Deno.env.get("PATH") ?? "" };
  console.log(allowedPrograms(machine, isFile).join(","));
}
