/** The one error of the lexical index. */

/** `lexical_damaged`: the file is to be made anew. `lexical_failed` and `lexical_closed` may be tried again on a new index. */
export type LexicalErrorCode =
  | "lexical_damaged"
  | "lexical_failed"
  | "lexical_busy"
  | "lexical_closed"
  | "invalid_query";

export interface LexicalErrorOptions {
  readonly hint: string;
  readonly retryable?: boolean;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** Thrown by `LexicalIndex`. */
export class LexicalError extends Error {
  readonly code: LexicalErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: LexicalErrorCode, message: string, options: LexicalErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LexicalError";
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}
