/**
 * How memories were at a position in the past, as far as they differ from now: told by the first change of each after
 * that position. Bringing a memory into another embedding space changes nothing about it.
 */
import { keys, type LogEntry, type Position, type Store } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";
import { ArgumentError } from "../errors.ts";
import { LOG_PAGE, PAST_TEXTS_MAX, PAST_THOUGHTS_MAX } from "./limits.ts";
import { textOf } from "./memory_text.ts";
import { fromBytes } from "./vector_bytes.ts";

/** Its vector then; null when there was none; "text" when only its text is known, its vector being of another space. */
export type PastRow = Float32Array | null | "text";

interface FirstChange {
  readonly before: unknown | null;
  readonly movedOver: boolean;
}

export class PastRows {
  readonly asOf: Position;
  readonly #store: Store;
  readonly #space: EmbeddingSpace;
  /** The first change of each row of the space, and whether a memory had a row in any other. */
  readonly #here = new Map<string, FirstChange>();
  readonly #elsewhere = new Map<string, boolean>();
  readonly #seen = new Set<string>();
  #thoughts = 0;
  #upTo: Position;

  /** @throws when the position is none, not reached, or before history */
  constructor(store: Store, asOf: Position, space: EmbeddingSpace) {
    this.asOf = store.asOf(asOf).position;
    this.#store = store;
    this.#space = space;
    this.#upTo = asOf;
  }

  /** Reads the log until it knows of everything that listeners were told. @returns false when that is too much */
  async read(): Promise<boolean> {
    do {
      const page = await this.#store.log({ after: this.#upTo, limit: LOG_PAGE });
      for (const entry of page) this.#takeIn(entry);
      this.#thoughts += page.length;
      if (this.#thoughts > PAST_THOUGHTS_MAX) return false;
      if (page.length > 0) this.#upTo = page.at(-1)!.position;
    } while (this.#upTo < this.#store.position);
    // History may have been pruned beyond the position meanwhile.
    this.#store.asOf(this.asOf);
    return true;
  }

  /** The memories that were different then; `lives` says whether one has a row in the space now. */
  differing(lives: (oid: string) => boolean): Map<string, PastRow> {
    const rows = new Map<string, PastRow>();
    for (const [oid, { before, movedOver }] of this.#here) {
      const vector = fromBytes(before, this.#space.dimensions);
      const elsewhere = this.#elsewhere.get(oid);
      if (vector !== null) rows.set(oid, vector);
      else if (elsewhere === true) rows.set(oid, "text");
      // It was brought over from a space in which nothing has changed since: it is what it was.
      else if (!movedOver || elsewhere === false) rows.set(oid, null);
    }
    for (const [oid, had] of this.#elsewhere) {
      if (had && !this.#here.has(oid) && !lives(oid)) rows.set(oid, "text");
    }
    return rows;
  }

  /** What those memories said whose vector is of another space. @throws {ArgumentError} when they are too many */
  async texts(rows: ReadonlyMap<string, PastRow>): Promise<Map<string, string>> {
    const oids = [...rows].flatMap(([oid, row]) => row === "text" ? [oid] : []);
    assertFewTexts(oids.length, this.asOf);
    const then = this.#store.asOf(this.asOf);
    const texts = new Map<string, string>();
    for (const oid of oids) {
      const text = textOf(oid, await then.get<unknown>(keys.object(oid)));
      if (text !== null) texts.set(oid, text);
    }
    return texts;
  }

  #takeIn({ changes, kind }: LogEntry): void {
    for (const { key, before } of changes) {
      if (key[0] !== "vector") continue;
      const [, space, oid] = key as [string, string, string];
      if (this.#seen.has(`${space}/${oid}`)) continue;
      this.#seen.add(`${space}/${oid}`);
      if (space === this.#space.id) this.#here.set(oid, { before, movedOver: kind === "maintenance" });
      else this.#elsewhere.set(oid, before !== null || this.#elsewhere.get(oid) === true);
    }
  }
}

/** @throws {ArgumentError} when more texts would have to be embedded anew than one recall may */
export function assertFewTexts(count: number, asOf: Position): void {
  if (count <= PAST_TEXTS_MAX) return;
  throw new ArgumentError(
    `A recall from before the embedding space changed embeds at most ${PAST_TEXTS_MAX} changed texts anew: ` +
      `these are ${count}`,
    "Choose a later position.",
    { asOf, texts: count },
  );
}
