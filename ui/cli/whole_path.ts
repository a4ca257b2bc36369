/** A path as it is written on the command line, made whole. */
import { resolve } from "node:path";
import { CliError } from "./cli_error.ts";
import type { CliContext } from "./context.ts";

/** Whoever serves the image may stand elsewhere. @throws {CliError} `wrong_use` for a path that says nothing */
export function wholePath({ environment }: CliContext, path: string): string {
  if (path.trim() !== "") return resolve(environment.currentFolder, path);
  throw new CliError("wrong_use", "A path must not be empty", {
    hint: "A dot is the folder where you are.",
  });
}
