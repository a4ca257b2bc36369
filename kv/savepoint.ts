/** A state of a thought to go back to; made by `Thought.savepoint()`. */
export interface Savepoint {
  /** Its number in the thought. */
  readonly number: number;
}

/** What going back to it takes. */
export interface KnownSavepoint extends Savepoint {
  /** Length of the list of replaced writes. */
  readonly replaced: number;
  readonly participants: number;
  readonly rollbacks: readonly (() => void)[];
}
