/** An error that a server answered, or that stands for not reaching it, in the shape of the original. */
import type { ErrorShape } from "./error_shape.ts";

export class RemoteError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;
  /** The HTTP status; null when there was no answer. */
  readonly status: number | null;

  constructor(shape: ErrorShape, status: number | null, options?: ErrorOptions) {
    super(shape.message, options);
    this.name = "RemoteError";
    this.code = shape.code;
    this.hint = shape.hint;
    this.retryable = shape.retryable;
    this.details = shape.details;
    this.status = status;
  }
}

/** The server could not be reached, or went away before it answered. */
export function unreachable(url: string, cause: unknown): RemoteError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RemoteError(
    {
      code: "unavailable",
      message: `Cannot reach the server at ${url}: ${reason}`,
      hint: "Is it running? `telos start` starts it.",
      retryable: true,
      details: { url },
    },
    null,
    { cause },
  );
}

/** The server answered something that is not of the contract. */
export function badAnswer(url: string, status: number, reason: string): RemoteError {
  return new RemoteError({
    code: "bad_answer",
    message: `The server at ${url} answered ${status} with something unexpected: ${reason}`,
    hint: "Is it a TelOS server, and of the same version as this program?",
    retryable: false,
    details: { url, status },
  }, status);
}

/** The server has no answer to what this program asks: whoever asked gave no route, and is told of none. */
export function otherVersion(
  url: string,
  status: number,
  { code, retryable, details }: ErrorShape,
): RemoteError {
  return new RemoteError({
    code,
    message: `The server at ${url} does not know this question`,
    hint: "Is it of the same version as this program? Stop it with `telos stop` and start it again.",
    retryable,
    details,
  }, status);
}
