/** The exact index of one embedding space, filled from the store in the background while commits go on. */
import { keys, type Store } from "../../kv/mod.ts";
import type { EmbeddingSpace, ExactIndex } from "../../vector/mod.ts";
import { LOAD_BATCH_ROWS } from "./limits.ts";
import { fromBytes } from "./vector_bytes.ts";

export interface SpaceIndexOptions {
  readonly store: Store;
  readonly space: EmbeddingSpace;
  readonly index: ExactIndex;
  /** The index broke, or a row could not be taken in. */
  readonly fail: (error: unknown) => void;
  readonly onProgress: () => void;
}

export class SpaceIndex {
  readonly space: EmbeddingSpace;
  readonly index: ExactIndex;
  readonly #options: SpaceIndexOptions;
  /** Rows that a commit decided while the store was being read: what is read of them is older. */
  readonly #decided = new Set<string>();
  #state: "loading" | "loaded" | "closed" = "loading";
  #loaded = 0;
  /** Rows whose bytes are no vector of this space. */
  #corrupt = 0;

  constructor(options: SpaceIndexOptions) {
    this.#options = options;
    this.space = options.space;
    this.index = options.index;
  }

  get ready(): boolean {
    return this.#state === "loaded";
  }

  get loaded(): number {
    return this.#loaded;
  }

  get corrupt(): number {
    return this.#corrupt;
  }

  add(rows: ReadonlyMap<string, Float32Array>): void {
    if (this.#state === "loading") { for (const oid of rows.keys()) this.#decided.add(oid); }
    const found = [...rows].filter(([, vector]) => !isZero(vector));
    if (found.length < rows.size) {
      // A text without any words is found by nothing; what it said before is gone.
      this.#send(this.index.remove([...rows].flatMap(([oid, vector]) => isZero(vector) ? [oid] : [])));
    }
    if (found.length === 0) return;
    const vectors = packed(found.map(([, vector]) => vector), this.space.dimensions);
    this.#send(this.index.add(found.map(([oid]) => oid), vectors));
  }

  remove(oids: readonly string[]): void {
    if (this.#state === "loading") { for (const oid of oids) this.#decided.add(oid); }
    this.#send(this.index.remove([...oids]));
  }

  /** Reads every row of the space from the store. Searches before it is done would miss some, so they wait. */
  async load(): Promise<void> {
    const { store, space } = this.#options;
    let oids: string[] = [];
    let vectors: Float32Array[] = [];
    const flush = async () => {
      if (this.#state === "closed") return;
      // What was decided since it was read is newer, and is in the index already.
      const fresh = oids.flatMap((oid, at) => this.#decided.has(oid) ? [] : [at]);
      const rows = packed(fresh.map((at) => vectors[at]!), space.dimensions);
      if (fresh.length > 0) await this.index.add(fresh.map((at) => oids[at]!), rows);
      this.#loaded += oids.length;
      [oids, vectors] = [[], []];
      this.#options.onProgress();
    };
    for await (const { key, value } of store.list<unknown>(keys.vectors(space.id))) {
      if (this.#state === "closed") return;
      const vector = fromBytes(value, space.dimensions);
      if (vector === null) {
        this.#corrupt++;
        continue;
      }
      if (isZero(vector)) continue;
      oids.push(key.at(-1) as string);
      vectors.push(vector);
      if (oids.length === LOAD_BATCH_ROWS) await flush();
    }
    if (oids.length > 0) await flush();
    if (this.#state === "loading") this.#state = "loaded";
    this.#decided.clear();
    this.#options.onProgress();
  }

  close(): void {
    this.#state = "closed";
    this.index.close();
  }

  #send(sent: Promise<void>): void {
    sent.catch((error) => {
      if (this.#state !== "closed") this.#options.fail(error);
    });
  }
}

function isZero(vector: Float32Array): boolean {
  return vector.every((value) => value === 0);
}

function packed(vectors: readonly Float32Array[], dimensions: number): Float32Array {
  const rows = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, at) => rows.set(vector, at * dimensions));
  return rows;
}
