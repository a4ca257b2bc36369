/**
 * After the decision: participants finish, listeners hear, and whoever waits is answered, in commit order. Without
 * participants that is at once; with them the next decision does not wait for it.
 */
import { finishOne } from "./data_manager.ts";
import type { PlacedThought } from "./log.ts";
import type { Change, Prepared } from "./plan.ts";
import { formatPosition, type Position } from "./position.ts";
import type { Reader } from "./reader.ts";
import type { ThoughtInfo } from "./record.ts";

/** A thought as listeners hear of it, right after its decision. */
export interface CommittedThought extends ThoughtInfo {
  readonly position: Position;
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly changes: readonly Change[];
  /** Another process committed it; `after` is then what was read when it was noticed. */
  readonly foreign?: boolean;
}

export type Listener = (thoughts: readonly CommittedThought[]) => void;

/** A decided thought and whoever waits for it. */
export interface Decidee {
  readonly prepared: Prepared;
  readonly resolve: (decision: { type: "decided"; position: Position; at: number }) => void;
}

export interface DecidedAs {
  readonly epoch: number;
  readonly versionstamp: string;
  readonly at: readonly number[];
  /** The decision's number. */
  readonly sequence: number;
}

export interface PublisherOptions {
  readonly reader: Reader;
  readonly crash: (point: string) => void;
  readonly report: (error: unknown) => void;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #listeners = new Set<Listener>();
  #publishing: Promise<void> | null = null;
  #sequence = 0;
  #position: Position;
  #at: number;

  constructor(head: { position: Position; at: number }, options: PublisherOptions) {
    this.#position = head.position;
    this.#at = head.at;
    this.#options = options;
  }

  /** Number of the last decision that every listener has heard of. */
  get sequence(): number {
    return this.#sequence;
  }

  get position(): Position {
    return this.#position;
  }

  get at(): number {
    return this.#at;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once all that is decided is published. */
  async settled(): Promise<void> {
    while (this.#publishing !== null) await this.#publishing;
  }

  publish(decidees: readonly Decidee[], { epoch, versionstamp, at, sequence }: DecidedAs): void {
    const committed = decidees.map(({ prepared: { info, id, kind, changes } }, n) => ({
      ...info,
      id,
      kind,
      changes,
      position: formatPosition(epoch, versionstamp, n),
      at: at[n]!,
    }));
    const voted = decidees.some(({ prepared }) => prepared.participants.length > 0);
    if (!voted && this.#publishing === null) return this.#answer(decidees, committed, sequence);
    this.#enqueue(async () => {
      for (let n = 0; n < decidees.length; n++) await this.#finish(decidees[n]!.prepared, committed[n]!);
      this.#answer(decidees, committed, sequence);
    });
  }

  /** Thoughts that another process committed; `after` is what stands there now. */
  async publishForeign(foreign: readonly PlacedThought[], sequence: number): Promise<void> {
    const committed = await Promise.all(foreign.map((placed) => this.#describe(placed)));
    await this.#enqueue(() => {
      if (committed.length > 0) this.#announce(committed, sequence);
      else this.#sequence = sequence;
    });
  }

  #answer(decidees: readonly Decidee[], committed: readonly CommittedThought[], sequence: number): void {
    this.#announce(committed, sequence);
    for (let n = 0; n < decidees.length; n++) {
      const { position, at } = committed[n]!;
      decidees[n]!.resolve({ type: "decided", position, at });
    }
  }

  #enqueue(publish: () => Promise<void> | void): Promise<void> {
    const previous = this.#publishing ?? Promise.resolve();
    const publishing = previous.then(publish).finally(() => {
      if (this.#publishing === publishing) this.#publishing = null;
    });
    this.#publishing = publishing;
    publishing.catch(this.#options.report);
    return publishing;
  }

  async #finish({ participants }: Prepared, { position, at }: CommittedThought): Promise<void> {
    await Promise.all(participants.map((one) => finishOne(one, { position, at }, this.#options.report)));
  }

  #announce(committed: readonly CommittedThought[], sequence: number): void {
    const last = committed[committed.length - 1]!;
    this.#position = last.position;
    this.#at = last.at;
    for (const listener of this.#listeners) {
      try {
        listener(committed);
      } catch (error) {
        this.#options.report(error);
      }
    }
    // Only now may `adopt` rely on what listeners were told.
    this.#sequence = sequence;
    this.#options.crash("commit.published");
  }

  async #describe({ position, at, thought }: PlacedThought): Promise<CommittedThought> {
    const { reader } = this.#options;
    const { changes, others: _others, ...info } = thought;
    const described = await Promise.all(changes.map(async ([key, before]): Promise<Change> => {
      const stored = (await reader.getStored(key))?.value ?? null;
      const after = await reader.resolve(key, stored);
      return { key, before: await reader.resolve(key, before), after, stored };
    }));
    return { ...info, position, at, changes: described, foreign: true };
  }
}
