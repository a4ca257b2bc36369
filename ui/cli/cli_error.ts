/** What the command line refuses before anything is asked, in the shape that every error has. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(
    code: Code,
    message: string,
    options: { readonly hint: string; readonly details?: Record<string, unknown>; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.hint = options.hint;
    this.retryable = code === "unavailable";
    this.details = options.details ?? {};
  }
}

type Code =
  | "wrong_use"
  | "wrong_setting"
  | "not_found"
  | "unavailable"
  | "answer_aborted"
  | "interrupted"
  | "output_unwritable"
  | "ingest_busy";
