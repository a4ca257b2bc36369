/**
 * A mind is where tokens come from. It streams, says what it has and what it costs, and stops when its signal
 * aborts. The interface is the same whether a real server, a process or nobody at all is behind it.
 */

/** The part of a recall hit that a mind needs to quote it. */
export interface RecallHitLike {
  readonly oid: string;
  readonly text: string;
  /** 0 to 1, by all channels. */
  readonly score: number;
  /** Cosine similarity in -1..1, where it is known. */
  readonly cosine?: number | null;
  readonly tier: "L1" | "L2" | "L3";
  readonly source: string | null;
  readonly at: number;
}

export interface MindMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface MindModel {
  readonly model: string;
  readonly bytes: number;
  /** Of its weights, as the server names them. */
  readonly digest?: string;
  /** What it can read and write at once, in tokens, where that is known. */
  readonly contextTokens?: number;
  /** Why it is not to be asked now, although it is there. */
  readonly resting?: string;
  /** It makes vectors of texts, and cannot answer. */
  readonly embedsOnly?: true;
}

/** A model in memory. `bytes` is all that it takes, `vramBytes` the part of it on a GPU. */
export interface LoadedModel extends MindModel {
  readonly vramBytes: number;
  /** With how much context it was loaded, where the server says so. */
  readonly contextTokens?: number;
}

export interface MindProbe {
  readonly available: boolean;
  readonly host: string | null;
  /** Why it is not available. */
  readonly reason?: string;
  /** What is installed, when it is available. */
  readonly models: readonly MindModel[];
}

export interface GenerateRequest {
  readonly model: string;
  readonly messages: readonly MindMessage[];
  /** Passed to the model as they are: temperature, num_ctx, num_predict, … */
  readonly options?: Record<string, unknown>;
  /** `"json"` or a JSON schema that the answer must obey. */
  readonly format?: unknown;
  /** How long the model stays loaded afterwards: seconds, a duration such as `5m`, -1 for ever, 0 for not. */
  readonly keepAlive?: string | number;
  readonly signal: AbortSignal;
  readonly memories: readonly RecallHitLike[];
  /** Why this mind answers and not a better one; the recall mind says it aloud. */
  readonly note?: string;
}

export type MindToken = { readonly token: string } | {
  readonly done: true;
  /** Of the answer. */
  readonly tokens: number;
  /** What was read, where the mind says so. */
  readonly promptTokens?: number;
  readonly model: string;
};

export interface PullProgress {
  readonly status: string;
  readonly completed: number;
  readonly total: number;
}

export interface Mind {
  readonly name: "ollama" | "local" | "recall";
  /** It cannot be held to a schema. */
  readonly cannotFormat?: boolean;
  /** Never throws: what is wrong is the reason. Takes at most the probe's time-out. */
  probe(signal?: AbortSignal): Promise<MindProbe>;
  /** @throws MindError */
  models(signal?: AbortSignal): Promise<MindModel[]>;
  /** @throws MindError */
  loaded(signal?: AbortSignal): Promise<LoadedModel[]>;
  /** Asks for an unload and resolves when the mind's own list confirms it. @throws MindError */
  unload(model: string, signal?: AbortSignal): Promise<void>;
  /** Ends with one `done`. @throws MindError, or the signal's reason when it aborts. */
  generate(request: GenerateRequest): AsyncIterable<MindToken>;
  /** @throws MindError, or the signal's reason when it aborts. */
  pull(model: string, signal: AbortSignal): AsyncIterable<PullProgress>;
  /** Ends what it keeps running; it may be asked again. */
  close?(): Promise<void>;
}
