/** The one error of the embedder: what a caller can catch, with what to do. */

export type EmbeddingErrorCode =
  | "invalid_texts"
  | "embedder_busy"
  | "embedder_failed"
  | "embedder_closed"
  | "embedding_failed"
  | "space_changed"
  | "model_damaged";

export interface EmbeddingErrorOptions {
  readonly hint: string;
  readonly retryable?: boolean;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** Thrown by `Embedder` and by what fetches models. */
export class EmbeddingError extends Error {
  readonly code: EmbeddingErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: EmbeddingErrorCode, message: string, options: EmbeddingErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EmbeddingError";
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}
