/** The inner product, summed in the order of the dimensions, so that equal vectors have equal scores wherever they lie. */

/** Of a query and the row that begins at `offset`. */
export function dot(query: Float32Array, values: Float32Array, offset: number): number {
  let sum = 0;
  for (let index = 0; index < query.length; index++) sum += query[index] * values[offset + index];
  return sum;
}
