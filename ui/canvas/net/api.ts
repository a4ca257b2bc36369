/**
 * Questions and commands to the server over HTTP. What comes back is validated; what fails is an `ApiError` that says
 * what was wrong and what to do, also when the server cannot be reached at all.
 */
import { z } from "zod";
import {
  backupsViewSchema,
  canvasViewSchema,
  childrenViewSchema,
  type CommandInput,
  commandResultSchema,
  conversationViewSchema,
  curationViewSchema,
  diffViewSchema,
  errorBodySchema,
  healthSchema,
  historyViewSchema,
  logViewSchema,
  modelsViewSchema,
  objectViewSchema,
  promptsViewSchema,
  proposalsViewSchema,
  questionAnswerSchema,
  type QuestionQuery,
  type RecallFilter,
  recallHitSchema,
  threadsViewSchema,
  usageViewSchema,
} from "../../protocol.ts";
import type { Problem } from "../model/words.ts";
import { FORK_MS_MAX, REQUEST_MS_MAX, SEND_MS_MAX } from "../limits.ts";

/** A refusal, or an answer that could not be had. `status` is 0 when the server was not reached. */
export class ApiError extends Error {
  constructor(readonly problem: Problem, readonly status: number, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = "ApiError";
  }
}

function timeoutOf({ command }: CommandInput): number {
  if (command === "SEND") return SEND_MS_MAX;
  return command === "FORK" ? FORK_MS_MAX : REQUEST_MS_MAX;
}

export interface ApiOptions {
  readonly fetch: typeof fetch;
  /** A key that was never used before. */
  readonly freshKey: () => string;
}

export type Api = ReturnType<typeof createApi>;

export function createApi(options: ApiOptions) {
  async function request<T>(
    path: string,
    schema: z.ZodType<T>,
    { timeoutMs = REQUEST_MS_MAX, ...init }: RequestInit & { timeoutMs?: number } = {},
  ): Promise<T> {
    const signals = [AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])];
    let response: Response, text: string;
    try {
      response = await options.fetch(path, { ...init, signal: AbortSignal.any(signals) });
      text = await response.text();
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw unreachable(error);
    }
    const body = parse(text);
    if (!response.ok) throw refusal(response.status, body);
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw misunderstood(path, parsed.error);
    return parsed.data;
  }
  const query = (values: Record<string, string | number | undefined>) => {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(values)) {
      if (value !== undefined) search.set(key, String(value));
    }
    return search.size === 0 ? "" : `?${search}`;
  };
  const named = (name: string) => encodeURIComponent(name);

  return {
    command(command: CommandInput) {
      return request("/api/commands", commandResultSchema, {
        method: "POST",
        timeoutMs: timeoutOf(command),
        headers: {
          "content-type": "application/json",
          "idempotency-key": options.freshKey(),
          "telos-who": "canvas",
        },
        body: JSON.stringify(command),
      });
    },
    canvas: (name: string, asOf?: string) =>
      request(`/api/canvas/${named(name)}${query({ asOf })}`, canvasViewSchema),
    object: (name: string, asOf?: string) =>
      request(`/api/objects/${named(name)}${query({ asOf })}`, objectViewSchema),
    children: (name: string, after?: string) =>
      request(`/api/children/${named(name)}${query({ after, limit: 50 })}`, childrenViewSchema),
    conversation: (thread: string, limit: number) =>
      request(`/api/conversation${query({ thread, limit })}`, conversationViewSchema),
    threads: () => request("/api/threads", threadsViewSchema),
    usage: () => request("/api/usage", usageViewSchema),
    prompts: (exchange: string) => request(`/api/prompts/${named(exchange)}`, promptsViewSchema),
    recall: (
      q: string,
      k: number,
      filter: Omit<RecallFilter, "slots"> & { asOf?: string | undefined } = {},
    ) => request(`/api/recall${query({ q, k, ...filter })}`, z.array(recallHitSchema)),
    question: (asked: QuestionQuery) =>
      request(
        `/api/question${query("q" in asked ? asked : { structured: JSON.stringify(asked.structured) })}`,
        questionAnswerSchema,
      ),
    diff: (asked: { from: string; to: string }) => request(`/api/diff${query(asked)}`, diffViewSchema),
    history: () => request("/api/history", historyViewSchema),
    log: (asked: { object?: string; before?: string; limit: number }) =>
      request(`/api/log${query({ ...asked, newest: "true" })}`, logViewSchema),
    curation: () => request("/api/curation", curationViewSchema),
    proposals: () => request("/api/proposals", proposalsViewSchema),
    models: () => request("/api/models", modelsViewSchema),
    backups: () => request("/api/backups", backupsViewSchema),
    health: () => request("/health", healthSchema),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function unreachable(cause: unknown): ApiError {
  const late = cause instanceof DOMException && cause.name === "TimeoutError";
  return new ApiError(
    {
      code: late ? "timed_out" : "unreachable",
      message: late ? "The server did not answer in time" : "The server cannot be reached",
      hint: late
        ? "Try again; it may be busy."
        : "Start it with: deno task start. This window comes back by itself.",
      retryable: true,
      details: {},
    },
    0,
    { cause },
  );
}

function refusal(status: number, body: unknown): ApiError {
  const parsed = errorBodySchema.safeParse(body);
  if (parsed.success) return new ApiError(parsed.data.error, status);
  return new ApiError({
    code: "not_understood_answer",
    message: `The server answered with status ${status} and no reason`,
    hint: "Look into the server's log.",
    retryable: status >= 500,
    details: {},
  }, status);
}

function misunderstood(path: string, cause: z.ZodError): ApiError {
  const where = cause.issues[0]?.path.join(".") ?? "";
  return new ApiError(
    {
      code: "not_understood_answer",
      message: `The answer of ${path.split("?")[0]} has another shape than expected${
        where === "" ? "" : `, at ${where}`
      }`,
      hint: "This window may be older than the server: reload it.",
      retryable: false,
      details: {},
    },
    200,
    { cause },
  );
}

/** The problem behind whatever was thrown. A fault of this program is shown as one, and told to the console. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  console.error(error);
  return {
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
    hint: "Reload the window. The image is not affected.",
    retryable: false,
    details: {},
  };
}
