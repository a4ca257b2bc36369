/** What a generation needs of the image, and what it says of itself. */
import type { Memory } from "./gather.ts";
import type { Stage } from "./generation_machine.ts";
import type { ProofParts } from "./scratch.ts";
import type { AskMind } from "./writer.ts";

interface SourceVerdict {
  readonly ok: boolean;
  readonly message?: string;
  readonly line?: number;
}

export interface GenerationParts extends ProofParts {
  readonly askMind: AskMind;
  readonly recall: (query: string, signal: AbortSignal) => Promise<Memory[]>;
  /** Compiles a source in the sandbox without running it. */
  readonly compile: (source: string) => Promise<SourceVerdict>;
  readonly clock: () => number;
}

/** One line of the record: what stage, at which attempt, when, and what was wrong. */
export interface StageRecord {
  readonly stage: Stage;
  readonly attempt: number;
  /** Milliseconds since the generation began. */
  readonly ms: number;
  readonly fault?: string;
}
