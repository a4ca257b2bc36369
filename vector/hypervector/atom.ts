/**
 * Atoms: the hypervector of a symbol, as a pure function of the image's seed and the symbol, so that none is stored and
 * two machines agree. The name is hashed to 64 bits with FNV-1a (Fowler, Noll and Vo), spread by SplitMix64 (Steele,
 * Lea and Flood, 2014) into the state of xoshiro128** (Blackman and Vigna, 2018), whose bytes are the phases.
 * A change of any of these changes every atom: it would need a new version in the seed.
 */
import { checkDimensions } from "./checks.ts";
import { dimensionsDefault } from "./limits.ts";
import type { Phases8 } from "./phases8.ts";

const mask64 = (1n << 64n) - 1n;

/** FNV-1a, 64 bits, over bytes. */
function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask64;
  return hash;
}

/** One step of SplitMix64: the next state and its output. */
function splitMix64(state: bigint): { state: bigint; output: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & mask64;
  let mixed = next;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return { state: next, output: mixed ^ (mixed >> 31n) };
}

/** Fills `target` with the bytes of xoshiro128**, least significant byte of each word first. */
function fillXoshiro(target: Uint8Array, hash: bigint): void {
  const one = splitMix64(hash);
  const two = splitMix64(one.state);
  let s0 = Number(one.output & 0xffffffffn) | 0;
  let s1 = Number(one.output >> 32n) | 0;
  let s2 = Number(two.output & 0xffffffffn) | 0;
  let s3 = Number(two.output >> 32n) | 0;
  for (let index = 0; index < target.length; index += 4) {
    const scaled = Math.imul(s1, 5);
    const word = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    // A write beyond the end of a typed array is ignored, which ends the last word where the vector ends.
    target[index] = word;
    target[index + 1] = word >>> 8;
    target[index + 2] = word >>> 16;
    target[index + 3] = word >>> 24;
  }
}

/**
 * The atom of `symbol` in the image with `seed`: `dimensions` phases, uniform on the 256-step grid, independent of
 * those of every other symbol. Throws `HypervectorError` `invalid_dimensions`.
 */
export function atom(seed: string, symbol: string, dimensions: number = dimensionsDefault): Phases8 {
  checkDimensions(dimensions);
  const result = new Uint8Array(dimensions);
  // The length in front keeps ("a", "bc") and ("ab", "c") apart.
  fillXoshiro(result, fnv1a64(new TextEncoder().encode(`${seed.length}:${seed}${symbol}`)));
  return result;
}
