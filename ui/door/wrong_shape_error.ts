/** A command that is none of the contract's, given to a door in this process. */
import type { z } from "zod";

const NAMED_MAX = 5;

export class WrongShapeError extends Error {
  readonly code = "wrong_shape";
  readonly hint = "Correct what is named and send it again; nothing was changed.";
  readonly retryable = false;
  readonly details: Record<string, unknown>;

  constructor(command: unknown, cause: z.ZodError) {
    const issues = cause.issues.slice(0, NAMED_MAX).map(({ path, message }) =>
      path.length === 0 ? message : `"${path.join(".")}": ${message}`
    );
    super(`Cannot take ${nameOf(command)}: ${issues.join("; ")}`, { cause });
    this.name = "WrongShapeError";
    const paths = cause.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [...issue.path, key].join("."))
        : [issue.path.join(".")]
    );
    this.details = { paths: paths.slice(0, NAMED_MAX) };
  }
}

function nameOf(command: unknown): string {
  const name = typeof command === "object" && command !== null && "command" in command
    ? command.command
    : null;
  return typeof name === "string" ? `the command ${name.slice(0, 100)}` : "this as a command";
}
