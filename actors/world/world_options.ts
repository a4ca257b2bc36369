/** What a world is given, what a thought is asked under, and what came of it. */
import type { Position, Store } from "../../kv/mod.ts";
import type { NotUnderstoodError } from "../errors.ts";
import type { IdempotencyKey } from "./idempotency.ts";
import type { ImageMethodRunner } from "./image_method.ts";
import type { NativeTable } from "./receiver.ts";
import type { RegistryOptions } from "./registry.ts";
import type { WorldTransaction } from "./transaction.ts";

/** What a thought did: `position` is the head's when nothing changed. */
export interface Outcome<T> {
  readonly position: Position;
  readonly at: number;
  readonly changed: boolean;
  readonly value: T;
}

export interface ThoughtOptions {
  /** A thought that was committed under the same key is not done again: its answer is given again. */
  readonly idempotencyKey?: IdempotencyKey | undefined;
  /**
   * The thought may be applied to what others that wait for their decision are going to leave: for an `apply` that reads
   * the image through its transaction alone, and asks for no position.
   */
  readonly follows?: boolean | undefined;
}

export interface DeliverOptions extends ThoughtOptions {
  readonly who?: string;
  /** Refused unless the receiver is still at this position. */
  readonly expected?: Position | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WorldOptions extends RegistryOptions {
  readonly store: Store;
  readonly natives: NativeTable;
  /** Runs methods that are written in the image. */
  readonly methods: ImageMethodRunner;
  readonly onNotUnderstood?: (error: NotUnderstoodError) => void;
}

/** Runs at the end of every thought, before it is handed to the store; may join participants. */
export type SealHook = (tx: WorldTransaction) => void | Promise<void>;
