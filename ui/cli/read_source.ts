/** The source of a method from a file, or from standard input for `-`. */
import { CliError } from "./cli_error.ts";
import type { CliEnvironment } from "./environment.ts";
import { METHOD_BYTES_MAX } from "./limits.ts";

/** @throws {CliError} when it cannot be read, or is larger than a method may be */
export async function readSource(file: string, environment: CliEnvironment): Promise<string> {
  if (file === "-") return await environment.stdin();
  try {
    const { size } = await Deno.stat(file);
    if (size <= METHOD_BYTES_MAX) return await Deno.readTextFile(file);
    throw new CliError("wrong_use", `A method must have <= ${METHOD_BYTES_MAX} bytes: ${file} has ${size}`, {
      hint: "Split it into several methods.",
      details: { file, size },
    });
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError("wrong_use", `Cannot read the method from ${file}`, {
      hint: "Check the path, or use - for standard input.",
      details: { file },
      cause,
    });
  }
}
