/**
 * What thoughts that wait for their decision are going to write, so that one that would else conflict with them can be
 * applied to what stands before it in the commit order, and share their atomic operation.
 */
import type { Prepared } from "./plan.ts";
import type { KnownRead } from "./thought.ts";

/** What became of a thought that waits; whoever read what it writes depends on it. */
export interface Fate {
  readonly id: string;
  /** Number of its decision; null before it. */
  sequence: number | null;
  failed: boolean;
}

export interface StagedValue {
  readonly fate: Fate;
  /** Null where the thought deletes. */
  readonly value: unknown;
  /** As it will stand in the store. */
  readonly stored: Uint8Array | null;
}

export class StagedValues {
  readonly #values = new Map<string, StagedValue>();

  find(encoded: string): StagedValue | undefined {
    return this.#values.get(encoded);
  }

  /** A checked read of something else than what is staged last: the thought would be refused. */
  findStale(reads: Iterable<[string, KnownRead]>): string | null {
    if (this.#values.size === 0) return null;
    for (const [encoded, read] of reads) {
      if (!read.checked) continue;
      const fate = this.#values.get(encoded)?.fate;
      if (fate !== undefined && fate.sequence === null && fate !== read.from) return encoded;
    }
    return null;
  }

  /**
   * Makes the writes of a thought known, which must have been read for; false when nothing may depend on it: it has
   * participants, who finish after the decision, is large, or would be refused itself.
   */
  add(prepared: Prepared): boolean {
    const { participants, large, writes, reads, fate } = prepared;
    if (participants.length > 0 || large !== null || this.findStale(reads) !== null) return false;
    for (const { encoded, plain, value } of writes) {
      this.#values.set(encoded, { fate, value: plain ?? null, stored: value ?? null });
    }
    return true;
  }

  /** Once all have heard of the thought, or it will not be. */
  remove({ writes, fate }: Prepared): void {
    for (const { encoded } of writes) {
      if (this.#values.get(encoded)?.fate === fate) this.#values.delete(encoded);
    }
  }
}
