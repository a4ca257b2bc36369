/** The one error of the archive: what a caller can catch, with what to do. */

/** What went wrong. `archive_busy`, `archive_unavailable`, `archive_sealing`, `archive_build_failed`, `run_unknown` may be tried again. */
export type ArchiveErrorCode =
  | "archive_folder"
  | "archive_newer"
  | "archive_damaged"
  | "archive_closed"
  | "archive_busy"
  | "archive_unavailable"
  | "archive_sealing"
  | "archive_build_failed"
  | "archive_recall_low"
  | "invalid_row"
  | "invalid_query"
  | "run_unknown"
  | "space_mismatch"
  | "watermark_backward"
  | "over_limit";

/** Thrown by `Archive`; `cause` is the error beneath, where there is one. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(
    code: ArchiveErrorCode,
    message: string,
    options: { hint: string; retryable?: boolean; details?: Record<string, unknown>; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ArchiveError";
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}
