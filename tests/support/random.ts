/** Chance that can be repeated: a seed that a test prints, and the numbers that follow from it. */

/** Mulberry32: numbers in [0, 1) that follow from the seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The seed of `TELOS_SEED`, else a fresh one; it is printed, so that a run that failed can be repeated. */
export function chooseSeed(what: string): number {
  const given = Deno.env.get("TELOS_SEED");
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  console.log(`${what}: TELOS_SEED=${seed}`);
  return seed;
}
