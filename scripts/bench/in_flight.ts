/** Many who work at the same time, each waiting for its own answer before it asks again. */

/** @returns answers a second. @throws what a call throws */
export async function perSecondInFlight(
  total: number,
  inFlight: number,
  call: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < total) await call(next++);
  }));
  return total / ((performance.now() - began) / 1000);
}
