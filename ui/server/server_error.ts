/** What the server itself refuses, before the image is asked. */
import { hasErrorShape } from "../door/mod.ts";

export interface ServerErrorOptions {
  readonly hint: string;
  readonly retryable?: boolean;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

export class ServerError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, options: ServerErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ServerError";
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** What the log says of an error: a line for an expected one, everything for a fault of the program. */
export function logLineOf(error: unknown): string {
  if (hasErrorShape(error)) return `${error.code}: ${error.message}`;
  if (error instanceof Error) return error.stack ?? `${error.name}: ${error.message}`;
  return String(error);
}
