/** Where vectors come from: the space and the text each was made of, so that those of two spaces never meet. */

export interface Origin {
  readonly space: string;
  /** Absent for a vector that was read from history. */
  readonly text?: string;
}

/** Remembers as long as the vector itself lives. */
export class Origins {
  readonly #of = new WeakMap<Float32Array, Origin>();

  note(vector: Float32Array, origin: Origin): void {
    this.#of.set(vector, origin);
  }

  of(vector: Float32Array): Origin | undefined {
    return this.#of.get(vector);
  }
}
