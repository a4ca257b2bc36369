/**
 * Where a command writes, guarded: standard output that takes nothing fails the command in words, and what cannot be
 * said on standard error is not said, as the exit code tells it all the same.
 */
import { CliError } from "./cli_error.ts";
import type { CliEnvironment } from "./environment.ts";

/** The environment, whose `stdout` throws {CliError} `output_unwritable`, and whose `stderr` never throws. */
export function withGuardedOutput(environment: CliEnvironment): CliEnvironment {
  return {
    ...environment,
    stdout: (text) => {
      try {
        environment.stdout(text);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new CliError("output_unwritable", `The output could not be written: ${reason}`, {
          hint: "",
          details: { reason },
          cause,
        });
      }
    },
    stderr: (text) => {
      try {
        environment.stderr(text);
      } catch {
        return;
      }
    },
  };
}
