/** What curation needs of the image, and what its parts hand on to one another. */
import type { Position } from "../../kv/mod.ts";
import type { MemoryPort } from "../system/mod.ts";
import type { World } from "../world/mod.ts";

export interface MindRequest {
  readonly persona: string | null;
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  /** A JSON schema that the answer must obey. */
  readonly format: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** The words of a persona's mind, or why there is none to ask. */
export type MindAnswer =
  | {
    readonly text: string;
    readonly persona: string | null;
    readonly mind: string;
    readonly model: string | null;
    readonly digest: string | null;
  }
  | { readonly unavailable: string };

export interface CurationPorts {
  readonly world: World;
  /** Waits for a memory that is being started. @throws {UnavailableError} */
  readonly memory: () => Promise<Pick<MemoryPort, "embed" | "search" | "stage">>;
  readonly askMind: (request: MindRequest) => Promise<MindAnswer>;
  readonly clock: () => number;
  /** Must neither wait nor throw. */
  readonly emit: (event: CurationEvent) => void;
  /** Called when what is wrong with the settings has changed. */
  readonly onStatus: () => void;
}

export type Stage =
  | "reading"
  | "relating"
  | "gating"
  | "clustering"
  | "defining"
  | "committing"
  | "reporting";

/** How far a run is, as the stream tells it. */
export interface CurationEvent {
  readonly command: "CURATION_STAGE";
  readonly run: number;
  readonly stage: Stage | "ended";
  /** Of `total`, in what the stage counts: memories or concepts. */
  readonly done: number;
  readonly total: number;
  /** What came of the last step, or of the run. */
  readonly note?: string;
}

/** A memory as it is curated. */
export interface Memory {
  readonly oid: string;
  readonly text: string;
  readonly vector: Float32Array;
  /** Exchanges of a conversation are kept whatever they say: what was said stands in its thread. */
  readonly gated: boolean;
}

/** A memory that is masked. */
export interface Masked {
  readonly oid: string;
  readonly text: string;
  /** The memory that says the same; null when it is masked for another reason. */
  readonly duplicateOf: string | null;
}

export interface Concept {
  readonly oid: string;
  readonly title: string;
  readonly definition: string;
  /** Those that are there and not masked. */
  readonly sources: readonly string[];
  /** How many of those that it names are not. */
  readonly lost: number;
  /** Whether it is the curator's: what a person made is left alone. */
  readonly curated: boolean;
  /** Whether a person has edited its words since. */
  readonly edited: boolean;
}

/** One thing that was done, and why. */
export interface Entry {
  readonly did: "masked" | "unmasked" | "created" | "grown" | "merged" | "split" | "left";
  readonly text: string;
  readonly why: string;
  readonly objects: readonly string[];
  /** The thought that it was, by which it is undone; null where nothing was changed. */
  readonly position: Position | null;
}
