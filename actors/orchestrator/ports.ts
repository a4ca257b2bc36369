/**
 * What the orchestrator needs from the image and what it tells the world. It knows no store and no index: who
 * composes the system hands these in.
 */
import type { MindMessage, RecallHitLike } from "../minds/mod.ts";
import type { Task } from "./schedule.ts";

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
  /** What is wrong with its slots and what to do, when it cannot answer as it is. */
  readonly problem?: { readonly slot: string; readonly message: string };
}

export interface PastExchange {
  /** Of the exchange, where it is known: what is shown as a turn is not shown as a memory too. */
  readonly oid?: string;
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
  /** Oids of all memories and exchanges that it may be made of. */
  readonly made_of: readonly string[];
  readonly tokens: number;
  readonly usage: Usage;
  readonly left_out: LeftOut;
  /** What others said before the answer itself, in order; empty when one persona answered alone. */
  readonly voices: readonly Voice[];
  /** What each of them was given to read, the answer's own last; null for one without a model. */
  readonly prompts: readonly (SentPrompt | null)[];
  /** Set when prompts were too long to be kept. */
  readonly prompts_left_out?: string;
}

/** What an answer cost, as whoever waited for it felt it. Field names are those of the message contract. */
export interface Usage {
  /** Read by the model; null where the mind does not say. */
  readonly prompt_tokens: number | null;
  /** Of the answer. */
  readonly tokens: number;
  /** From asking the mind to its first token, milliseconds; loading the model counts. */
  readonly first_token_ms: number;
  /** From asking the mind to its end, milliseconds. */
  readonly total_ms: number;
}

/** What one persona said in an answer. */
export interface Voice {
  readonly persona_id: string;
  readonly persona_name: string;
  readonly task: Task;
  readonly mind: string;
  readonly model: string;
  readonly reason: string;
  readonly text: string;
  readonly tokens: number;
  /** Not there for one who failed. */
  readonly usage?: Usage;
  readonly left_out: LeftOut;
}

/** Exactly what a model was sent. */
export interface SentPrompt {
  readonly messages: readonly MindMessage[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly model: string;
  /** Estimated. */
  readonly tokens: number;
}

/** The same prompt again: what is needed to ask it, and the second answer to it, to be kept beside the first. */
export interface Replayable {
  readonly exchange: string;
  readonly thread: string;
  readonly query_text: string;
  readonly persona_id: string;
  readonly persona_name: string;
  readonly memories: readonly RecallHitLike[];
  readonly prompt: SentPrompt;
}
export interface Replay {
  readonly answer: string;
  readonly exchange: string;
  readonly persona_id: string;
  readonly persona_name: string;
  readonly mind: string;
  readonly model: string;
  readonly text: string;
  readonly tokens: number;
  readonly usage: Usage;
  readonly at: number;
}

/** What did not fit the model's context. */
export interface LeftOut {
  readonly memories: number;
  readonly exchanges: number;
  /** Others' words of which only the beginning is shown. */
  readonly words?: number;
}

/** What a person may change in the image; each is read at every question. */
export interface OrchestratorSettings {
  readonly vramBudgetBytes: number;
  readonly scenarios: readonly Scenario[];
  /** Who answers when no scenario fits, and speaks for several: a persona's name. */
  readonly defaultPersona: string;
  /** What happens when no rule is sure: `model` lets the default persona decide, `rules` lets it answer. */
  readonly router: "rules" | "model";
  /** When a mind fails: `continue` lets the next go on from where it stopped, `stop` ends the answer. */
  readonly onFailure: "continue" | "stop";
  /** Memories, and earlier exchanges of the thread, that an answer may be given; bounded by the limits too. */
  readonly memoriesUsed: number;
  readonly historyUsed: number;
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
    /** The exchange whose prompt is asked again. */
    readonly replay_of?: string;
  }
  | {
    /** One of several begins to speak; what it says is not the answer, which comes after. */
    readonly command: "VOICE_STARTED";
    readonly answer: string;
    /** Its place among the voices of the answer, from 0. */
    readonly voice: number;
    readonly persona_id: string;
    readonly persona_name: string;
    readonly task: Task;
    readonly mind: string;
    readonly reason: string;
  }
  | {
    readonly command: "VOICE_PARTIAL";
    readonly answer: string;
    readonly voice: number;
    readonly token: string;
    /** In UTF-16 code units from the start of what this voice says. */
    readonly offset: number;
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
   * Commits the exchange as one thought. When the signal aborts before the commit is decided, or something that it is
   * made of was forgotten, it must reject and leave nothing behind.
   */
  storeExchange(exchange: Exchange, signal: AbortSignal): Promise<{ position: string }>;
  /** Commits a second answer to the same prompt as one thought, with the same promise as `storeExchange`. */
  storeReplay(replay: Replay, signal: AbortSignal): Promise<{ position: string }>;
  /** @throws ImageError when the exchange is not there or its prompt was not kept */
  replayable(exchange: string): Promise<Replayable>;
  /** Must neither wait nor throw: it stands on the path of every token. */
  emit(event: OrchestratorEvent): void;
  /** What the image says about routing and budget; what is absent has its default. */
  settings?(): Promise<Partial<OrchestratorSettings>>;
}
