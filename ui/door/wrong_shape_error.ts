/** A command that is none of the contract's, given to a door in this process or to a server. */
import type { z } from "zod";
import { describeIssues, pathsOf } from "./issue_words.ts";

export class WrongShapeError extends Error {
  readonly code = "wrong_shape";
  readonly hint = "Correct what is named and send it again; nothing was changed.";
  readonly retryable = false;
  readonly details: Record<string, unknown>;

  /** `cause` is of a parse with `reportInput`. */
  constructor(command: unknown, cause: z.ZodError) {
    const name = nameOf(command);
    const what = name === null ? "this as a command" : `the command ${name.slice(0, 100)}`;
    super(`Cannot take ${what}: ${describeIssues(cause)}`, { cause });
    this.name = "WrongShapeError";
    this.details = { command: name, paths: pathsOf(cause) };
  }
}

function nameOf(command: unknown): string | null {
  const name = typeof command === "object" && command !== null && "command" in command
    ? command.command
    : null;
  return typeof name === "string" ? name : null;
}
