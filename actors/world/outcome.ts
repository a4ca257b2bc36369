/** What a thought is asked under, and what came of it. */
import type { Position } from "../../kv/mod.ts";

/** What a thought did: `position` is the head's when nothing changed. */
export interface Outcome<T> {
  readonly position: Position;
  readonly at: number;
  readonly changed: boolean;
  readonly value: T;
}

export interface ThoughtOptions {
  /** A thought that was committed under the same key is not done again: its answer is given again. */
  readonly idempotencyKey?: string | undefined;
}

export interface DeliverOptions extends ThoughtOptions {
  readonly who?: string;
  /** Refused unless the receiver is still at this position. */
  readonly expected?: Position | undefined;
  readonly signal?: AbortSignal | undefined;
}
