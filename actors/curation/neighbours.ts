/** Asks the memory for the nearest of each memory, and makes of the answers what clusters and duplicates are found in. */
import { dot } from "../memory/mod.ts";
import type { Graph } from "./communities.ts";
import {
  HITS_ASKED_MAX,
  NEIGHBOUR_COSINE_MAX,
  NEIGHBOUR_COSINE_MIN,
  NEIGHBOURS,
  NEIGHBOURS_FOUND,
  NOISE_DEVIATIONS,
  NOISE_MEMORIES_MIN,
  NOISE_PAIRS,
  SEARCHES_AT_ONCE,
} from "./limits.ts";
import type { CurationPorts, Memory } from "./ports.ts";
import { Slices } from "./slices.ts";

export interface Neighbour {
  /** Its place among the memories. */
  readonly at: number;
  readonly cosine: number;
}

/** The nearest of each memory among the others, the nearest first. @throws the signal's reason, {UnavailableError} */
export async function relate(
  ports: Pick<CurationPorts, "memory">,
  memories: readonly Memory[],
  options: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<Neighbour[][]> {
  const { signal, onProgress } = options;
  const memory = await ports.memory();
  const places = new Map(memories.map(({ oid }, at) => [oid, at]));
  const found: Neighbour[][] = memories.map(() => []);
  const slices = new Slices(signal);
  // As many whatever else the image remembers, so that concepts that were made do not change what they are made of.
  const nearest = async (of: number): Promise<Neighbour[]> => {
    for (let asked = NEIGHBOURS_FOUND + 1;; asked *= 2) {
      const hits = await memory.search(memories[of]!.vector, asked, { signal });
      const others = hits.flatMap(({ oid, score }) => {
        const at = places.get(oid);
        return at === undefined || at === of ? [] : [{ at, cosine: score }];
      });
      const isAll = others.length >= NEIGHBOURS_FOUND || hits.length < asked || asked * 2 > HITS_ASKED_MAX;
      if (isAll) return others.slice(0, NEIGHBOURS_FOUND);
    }
  };
  let next = 0;
  const ask = async () => {
    for (let at = next++; at < memories.length; at = next++) {
      found[at] = await nearest(at);
      if (at % 100 === 99) onProgress(at + 1);
      await slices.pause();
    }
  };
  await Promise.all(Array.from({ length: SEARCHES_AT_ONCE }, ask));
  return found;
}

/** How alike unlike memories are at most: pairs that lie at fixed steps from one another stand for chance. */
export function noiseOf(memories: readonly Memory[]): number {
  const count = memories.length;
  if (count < NOISE_MEMORIES_MIN) return NEIGHBOUR_COSINE_MIN;
  const cosines: number[] = [];
  for (let pair = 0; pair < Math.min(NOISE_PAIRS, count * (count - 1) / 2); pair++) {
    const [a, b] = [(pair * 7_919) % count, (pair * 104_729 + 1 + Math.floor(pair / count)) % count];
    if (a !== b) cosines.push(dot(memories[a]!.vector, memories[b]!.vector));
  }
  // Half of them are at most the median, whatever clusters there are; their spread is that of chance.
  cosines.sort((a, b) => a - b);
  const median = cosines[Math.floor(cosines.length / 2)] ?? 0;
  const lower = cosines.slice(0, Math.floor(cosines.length / 2) + 1);
  const spread = Math.sqrt(lower.reduce((sum, each) => sum + (each - median) ** 2, 0) / lower.length);
  const noise = median + NOISE_DEVIATIONS * spread;
  return Math.min(NEIGHBOUR_COSINE_MAX, Math.max(NEIGHBOUR_COSINE_MIN, noise));
}

/**
 * The graph of those that are among the nearest of one another and more alike than chance; its weights are from 0, at
 * chance, to 1. `out` are places that take no part.
 */
export function* mutualGraph(
  neighbours: readonly (readonly Neighbour[])[],
  { noise, out }: { readonly noise: number; readonly out: ReadonlySet<number> },
): Generator<void, Graph> {
  const near = neighbours.map((list, at) =>
    new Map(
      out.has(at) ? [] : list.filter((each) => !out.has(each.at) && each.cosine > noise)
        .slice(0, NEIGHBOURS).map((each) => [each.at, (each.cosine - noise) / (1 - noise)] as const),
    )
  );
  yield;
  const graph: Map<number, number>[] = near.map(() => new Map());
  for (const [at, list] of near.entries()) {
    if (at % 256 === 0) yield;
    for (const [other, weight] of list) {
      const back = near[other]!.get(at);
      if (back !== undefined) graph[at]!.set(other, (weight + back) / 2);
    }
  }
  return graph;
}
