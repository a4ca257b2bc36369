/**
 * A codebook that follows what it is made of: entries are counted, come and go one by one, and are searched by a
 * `CleanupIndex` that is filled anew only when it must be larger. Its threshold is calibrated on its own entries.
 */
import {
  calibrate,
  CleanupIndex,
  noiseThreshold,
  type Phases8,
  type Planes,
} from "../../vector/hypervector/mod.ts";
import type { Nearest } from "./codebook_messages.ts";
import { CALIBRATED_ENTRIES, CODEBOOK_ENTRIES_MAX, CODEBOOK_FIRST } from "./limits.ts";

interface Entry<Payload> {
  readonly key: string;
  readonly payload: Payload;
  uses: number;
}

export interface GrowingCodebookOptions<Payload> {
  readonly dimensions: number;
  /** The built `exact.wasm`. */
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** The clean vector of an entry; made whenever it is needed, and not kept. */
  readonly phasesOf: (payload: Payload) => Phases8;
}

export class GrowingCodebook<Payload> {
  readonly #options: GrowingCodebookOptions<Payload>;
  readonly #entries: (Entry<Payload> | null)[] = [];
  readonly #places = new Map<string, number>();
  readonly #free: number[] = [];
  #index: CleanupIndex | null = null;
  #capacity = 0;
  /** How much more the entries' noise spreads than that of independent ones, and of how many that was measured. */
  #spread = { of: 0, ratio: 1 };

  constructor(options: GrowingCodebookOptions<Payload>) {
    this.#options = options;
  }

  get size(): number {
    return this.#places.size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Counts one more use of an entry. @returns false when it is new and there is no room */
  use(key: string, payload: Payload): boolean {
    const known = this.#places.get(key);
    if (known !== undefined) {
      this.#entries[known]!.uses++;
      return true;
    }
    if (this.size >= CODEBOOK_ENTRIES_MAX) return false;
    const place = this.#free.pop() ?? this.#entries.length;
    this.#entries[place] = { key, payload, uses: 1 };
    this.#places.set(key, place);
    if (place < this.#capacity) this.#index!.put(place);
    else this.#grow();
    return true;
  }

  /** Counts one use less; an entry without a use is gone. */
  drop(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined || --this.#entries[place]!.uses > 0) return;
    this.#places.delete(key);
    this.#entries[place] = null;
    this.#free.push(place);
    this.#index!.leaveOut(place);
  }

  /** Null when there is nothing to compare with. What is less similar than `least` is not looked for. */
  nearest(query: Planes, least: number): Nearest & { readonly payload: Payload } | null {
    const found = this.#index?.search(query, least) ?? null;
    if (found === null) return null;
    const { index, similarity, margin } = found;
    const threshold = this.#threshold();
    const { payload } = this.#entries[index]!;
    return { payload, similarity, margin, threshold, known: similarity >= threshold };
  }

  #grow(): void {
    const { dimensions, kernel } = this.#options;
    this.#capacity = Math.min(CODEBOOK_ENTRIES_MAX, Math.max(CODEBOOK_FIRST, this.#capacity * 2));
    const codebook = {
      length: this.#capacity,
      dimensions,
      phasesOf: (place: number) => this.#phasesAt(place),
    };
    // It grows when every place is taken.
    this.#index = new CleanupIndex(codebook, kernel, undefined, this.#entries.length);
  }

  #phasesAt(place: number): Phases8 {
    const entry = this.#entries[place];
    if (entry === null || entry === undefined) throw new Error(`Place ${place} of the codebook is empty`);
    return this.#options.phasesOf(entry.payload);
  }

  /** Measured anew when there are half as many again, or half as many, as when it was measured. */
  #threshold(): number {
    const { dimensions } = this.#options;
    const { of } = this.#spread;
    if (this.size > of * 1.5 || this.size < of / 2) {
      const step = Math.max(1, Math.ceil(this.size / CALIBRATED_ENTRIES));
      const sample = this.#entries.filter((entry) => entry !== null).filter((_, n) => n % step === 0)
        .map(({ key, payload }) => ({ name: key, phases: this.#options.phasesOf(payload) }));
      const { deviation } = calibrate(sample);
      this.#spread = { of: this.size, ratio: deviation * Math.sqrt(2 * dimensions) };
    }
    return noiseThreshold(this.size, dimensions) * this.#spread.ratio;
  }
}
