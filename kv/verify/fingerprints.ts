/**
 * A set of texts of any number in a few bytes each: of every text only 64 bits of a hash are kept, with one number and
 * a mark. Two of a million texts are taken for one another with a chance of one in thirty million; a doubt that comes of it
 * is looked at again by key.
 */

const empty = 0;
const present = 1;
const marked = 2;
const fullAt = 0.6;

export class Fingerprints {
  #high = new Int32Array(1_024);
  #low = new Int32Array(1_024);
  #state = new Uint8Array(1_024);
  #values = new Float64Array(1_024);
  #size = 0;
  #marked = 0;

  get size(): number {
    return this.#size;
  }

  /** Texts that were never marked. */
  get unmarked(): number {
    return this.#size - this.#marked;
  }

  /** Adds a text, or gives one that is there another value. */
  add(text: string, value = 0): void {
    if (this.#size >= this.#state.length * fullAt) this.#grow();
    const [high, low] = hash(text);
    const at = this.#find(high, low);
    if (this.#state[at] === empty) {
      this.#high[at] = high;
      this.#low[at] = low;
      this.#state[at] = present;
      this.#size++;
    }
    this.#values[at] = value;
  }

  has(text: string): boolean {
    return this.#state[this.#at(text)] !== empty;
  }

  /** The number kept with a text, or null when it is not there. */
  valueOf(text: string): number | null {
    const at = this.#at(text);
    return this.#state[at] === empty ? null : this.#values[at]!;
  }

  /** Marks a text. @returns false when it is not there */
  mark(text: string): boolean {
    const at = this.#at(text);
    if (this.#state[at] === empty) return false;
    if (this.#state[at] === present) this.#marked++;
    this.#state[at] = marked;
    return true;
  }

  isMarked(text: string): boolean {
    return this.#state[this.#at(text)] === marked;
  }

  #at(text: string): number {
    const [high, low] = hash(text);
    return this.#find(high, low);
  }

  /** Where the hash stands, or the free place where it would. */
  #find(high: number, low: number): number {
    const mask = this.#state.length - 1;
    let at = low & mask;
    while (this.#state[at] !== empty && (this.#high[at] !== high || this.#low[at] !== low)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(): void {
    const [highs, lows, states, values] = [this.#high, this.#low, this.#state, this.#values];
    const length = states.length * 2;
    this.#high = new Int32Array(length);
    this.#low = new Int32Array(length);
    this.#state = new Uint8Array(length);
    this.#values = new Float64Array(length);
    for (let n = 0; n < states.length; n++) {
      if (states[n] === empty) continue;
      const at = this.#find(highs[n]!, lows[n]!);
      this.#high[at] = highs[n]!;
      this.#low[at] = lows[n]!;
      this.#state[at] = states[n]!;
      this.#values[at] = values[n]!;
    }
  }
}

/** Two 32-bit lanes of multiply and shift (the scheme of cyrb53), mixed into one another at the end. */
function hash(text: string): readonly [number, number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return [a | 0, b | 0];
}
