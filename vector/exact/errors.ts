/** The one error of the exact index: what a caller can catch, with what to do. */

/** `index_busy`, `index_failed` and `index_closed` may be tried again, on another index where this one is gone. */
export type ExactIndexErrorCode =
  | "dimension_mismatch"
  | "invalid_vector"
  | "invalid_neighbours"
  | "invalid_options"
  | "index_full"
  | "index_busy"
  | "index_failed"
  | "index_closed";

export interface ExactIndexErrorOptions {
  readonly hint: string;
  readonly retryable?: boolean;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** Thrown by `ExactIndex`. Nothing was changed by the call that threw it. */
export class ExactIndexError extends Error {
  readonly code: ExactIndexErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: ExactIndexErrorCode, message: string, options: ExactIndexErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ExactIndexError";
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}
