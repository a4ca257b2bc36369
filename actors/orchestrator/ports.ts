/**
 * What the orchestrator needs from the image and what it tells the world. It knows no store and no index: who
 * composes the system hands these in.
 */
import type { RecallHitLike } from "../minds/mod.ts";

/** A persona as it stands in the image at the moment of asking. */
export interface Persona {
  readonly oid: string;
  readonly name: string;
  readonly prompt: string;
  readonly role: string;
  /** As Ollama names it; empty when the persona has none. */
  readonly model: string;
  /** What the model is declared to take when loaded; what the server says later counts more. */
  readonly vramBytes: number;
  readonly keepAlive: string | number;
  readonly options: Record<string, unknown>;
}

export interface PastExchange {
  readonly query_text: string;
  readonly full_text: string;
  readonly persona_name: string;
}

/** One question and its answer, to be stored as one thought. Field names are those of the message contract. */
export interface Exchange {
  readonly answer: string;
  readonly thread: string;
  readonly query_text: string;
  readonly full_text: string;
  readonly persona_id: string;
  readonly persona_name: string;
  readonly mind: string;
  readonly model: string;
  /** Why this persona and this mind. */
  readonly reason: string;
  /** When the question was asked, milliseconds since 1970. */
  readonly at: number;
  /** The memories that stood in the prompt. */
  readonly memories: readonly RecallHitLike[];
  readonly tokens: number;
  readonly left_out: LeftOut;
}

/** What did not fit the model's context. */
export interface LeftOut {
  readonly memories: number;
  readonly exchanges: number;
}

/** What a person may change in the image; each is read at every question. */
export interface OrchestratorSettings {
  readonly vramBudgetBytes: number;
  readonly scenarios: readonly Scenario[];
  /** Who answers when no scenario fits: a persona's name. */
  readonly defaultPersona: string;
}

/** One row of the routing table: a question with any of these words goes to this persona. */
export interface Scenario {
  readonly name: string;
  readonly persona: string;
  /** Words or phrases; a trailing `*` matches any ending. */
  readonly words: readonly string[];
}

export type OrchestratorEvent =
  | {
    readonly command: "ANSWER_STARTED";
    readonly answer: string;
    readonly persona_id: string;
    readonly persona_name: string;
    readonly query_text: string;
    readonly thread: string;
    readonly mind: string;
    readonly reason: string;
    readonly memories: RecallHitLike[];
  }
  | {
    readonly command: "PERSONA_RESPONSE_PARTIAL";
    readonly persona_id: string;
    readonly token: string;
    readonly answer: string;
    /** Where the token begins, in UTF-16 code units from the start of the answer. */
    readonly offset: number;
  }
  | { readonly command: "ANSWER_ABORTED"; readonly answer: string; readonly reason: string }
  | {
    readonly command: "MODEL_PULL_PROGRESS";
    readonly model: string;
    readonly status: string;
    readonly completed: number;
    readonly total: number;
    readonly done: boolean;
    readonly error?: string;
  };

export interface OrchestratorPorts {
  personas(): Promise<Persona[]>;
  recall(query: string, k: number, signal: AbortSignal): Promise<RecallHitLike[]>;
  /** The last exchanges of the thread, oldest first. */
  history(thread: string, limit: number): Promise<PastExchange[]>;
  /**
   * Commits the exchange as one thought. When the signal aborts before the commit is decided, it must reject and
   * leave nothing behind.
   */
  storeExchange(exchange: Exchange, signal: AbortSignal): Promise<{ position: string }>;
  /** Must neither wait nor throw: it stands on the path of every token. */
  emit(event: OrchestratorEvent): void;
  /** What the image says about routing and budget; what is absent has its default. */
  settings?(): Promise<Partial<OrchestratorSettings>>;
}
