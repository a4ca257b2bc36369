/**
 * The lexical hashing space: a text's words and the character trigrams within them, each hashed to a dimension and a
 * sign (feature hashing, Weinberger et al. 2009), repeated ones damped by a square root, scaled to length one. It finds
 * what shares words or parts of words, and knows nothing of meaning. Pure, and the same on every machine.
 */
import { hashDimensions, textCharactersMax } from "../limits.ts";
import type { EmbeddingSpace } from "./space.ts";

export const hashSpace: EmbeddingSpace = {
  id: "lexical-hashing-384-1",
  model: "lexical hashing",
  revision: "1",
  dimensions: hashDimensions,
  pooling: "hash",
  normalized: true,
};

/** How much one trigram counts beside the whole word. */
const TRIGRAM_WEIGHT = 0.5;

/** A unit vector; all zero for a text without letters or digits. */
export function embedByHashing(text: string): Float32Array {
  const words =
    text.slice(0, textCharactersMax).normalize("NFKC").toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const weights = new Map<string, number>();
  const count = (feature: string, weight: number) =>
    weights.set(feature, (weights.get(feature) ?? 0) + weight);
  for (const word of words) {
    count(`w ${word}`, 1);
    const characters = [...`^${word}$`];
    for (let at = 0; at + 3 <= characters.length; at++) {
      count(`t ${characters.slice(at, at + 3).join("")}`, TRIGRAM_WEIGHT);
    }
  }
  const sums = new Float64Array(hashDimensions);
  for (const [feature, weight] of weights) {
    const hash = hashOf(feature);
    // The dimension and the sign come from bits that do not overlap.
    sums[hash % hashDimensions]! += (hash & 0x8000_0000) === 0 ? Math.sqrt(weight) : -Math.sqrt(weight);
  }
  const length = Math.hypot(...sums);
  return length === 0 ? new Float32Array(hashDimensions) : Float32Array.from(sums, (value) => value / length);
}

/** FNV-1a over UTF-16 code units, then the finaliser of MurmurHash3, so that every bit depends on all of the text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
