/** What goes wrong with a mind, each with what to do and whether trying again can help. */
import { ImageError } from "../errors.ts";

export type MindErrorCode =
  | "mind_unavailable"
  | "mind_timeout"
  | "mind_failed"
  | "mind_resting"
  | "model_missing"
  | "mind_host_invalid"
  | "model_name_invalid";

/** Thrown by every mind; `code` says which of the failures it is. */
export class MindError extends ImageError {
  declare readonly code: MindErrorCode;
  /** Narrows `ImageError` to the codes of a mind. */
  constructor(code: MindErrorCode, message: string, options: ConstructorParameters<typeof ImageError>[2]) {
    super(code, message, options);
  }
}

/** Nothing answers at the host. */
export function mindUnavailable(host: string, cause: unknown): MindError {
  return new MindError("mind_unavailable", `Cannot reach Ollama at ${host}: ${reasonOf(cause)}`, {
    hint: "Start Ollama (`ollama serve`), or set OLLAMA_HOST to where it runs.",
    retryable: true,
    details: { host },
    cause,
  });
}

/** The server took longer than it may. */
export function mindTimeout(host: string, what: string, limit: string, limitMs: number): MindError {
  return new MindError(
    "mind_timeout",
    `Ollama at ${host} must ${what} within ${limitMs} ms (${limit}), and did not`,
    {
      hint:
        "The server may be loading a large model or be overloaded: wait and ask again, or use a smaller one.",
      retryable: true,
      details: { host, limit, limitMs },
    },
  );
}

/** The server answered what cannot be used. */
export function mindFailed(
  host: string,
  what: string,
  options: {
    readonly retryable?: boolean;
    readonly details?: Record<string, unknown>;
    readonly cause?: unknown;
  } = {},
): MindError {
  return new MindError("mind_failed", `Ollama at ${host} failed: ${what}`, {
    hint: "Look at the server's own log; check that OLLAMA_HOST is an Ollama server.",
    retryable: options.retryable ?? true,
    details: { host, ...options.details },
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/** The server does not have the model. */
export function modelMissing(host: string, model: string): MindError {
  return new MindError("model_missing", `Ollama at ${host} does not have the model "${model}"`, {
    hint: `Pull it (\`ollama pull ${model}\`, or from the canvas), or give the persona another model.`,
    details: { host, model },
  });
}

/** One line for people out of anything that was thrown. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
