/** Embedding spaces: where a vector has its meaning. Vectors of different spaces are never compared. */

export interface EmbeddingSpace {
  /** Stable, and different whenever the same text would get another vector. */
  readonly id: string;
  readonly model: string;
  readonly revision: string;
  readonly dimensions: number;
  readonly pooling: "mean" | "hash";
  /** Every vector has length one, but for that of a text without any words, which is zero. */
  readonly normalized: true;
}
