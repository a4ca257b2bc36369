/** A vector as it is stored: little-endian 32-bit floats, nothing else. */

/** @returns the bytes that stand under `["vector", space, oid]` */
export function toBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).slice();
}

/** Null when the bytes are not a vector of this dimension. */
export function fromBytes(bytes: unknown, dimensions: number): Float32Array | null {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== dimensions * 4) return null;
  return new Float32Array(bytes.slice().buffer);
}

/** The inner product: the cosine similarity of unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** Whether it stands for a text without any words: it is stored, and found by nothing. */
export function isWordless(vector: Float32Array): boolean {
  return vector.every((value) => value === 0);
}

/** Vectors one after the other, as the index takes them. */
export function packed(vectors: readonly Float32Array[], dimensions: number): Float32Array {
  const rows = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, at) => rows.set(vector, at * dimensions));
  return rows;
}
