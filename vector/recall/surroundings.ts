/**
 * The second dense row of a memory: its vector together with those of the ones before and after it. It is made of the
 * vectors that are there when it is asked for, so that it costs no embedding and is always in step.
 */

/** Cosine of a unit query and the sum of unit vectors; 0 when they cancel out. All have the query's dimensions. */
export function cosineWithSum(query: Float32Array, vectors: readonly Float32Array[]): number {
  let product = 0;
  let square = 0;
  for (let column = 0; column < query.length; column++) {
    let sum = 0;
    for (const vector of vectors) sum += vector[column]!;
    product += sum * query[column]!;
    square += sum * sum;
  }
  return square === 0 ? 0 : product / Math.sqrt(square);
}
