/**
 * Communities of a weighted graph: groups that hold together more densely than `density`, by the constant Potts model
 * (Traag, Van Dooren and Nesterov, "Narrow scope for resolution-limit-free community detection", 2011), moved node by
 * node and aggregated as Louvain does, and cut into connected parts as Leiden asks for. Pure, the same for the same
 * graph; it yields wherever it may be interrupted.
 */
import { COMMUNITY_LEVELS_MAX, COMMUNITY_VISITS_MAX } from "./limits.ts";

/** For each node its neighbours with their weights, both ways. */
export type Graph = readonly ReadonlyMap<number, number>[];

/** @returns the community of each node, numbered from 0 in the order of their first nodes */
export function* communities(graph: Graph, density: number): Generator<void, number[]> {
  let level: Graph = graph;
  let sizes: number[] = graph.map(() => 1);
  let of = graph.map((_, node) => node);
  for (let round = 0; round < COMMUNITY_LEVELS_MAX; round++) {
    const moved = yield* moveNodes(level, sizes, density);
    const { labels, count } = numbered(moved);
    if (count === level.length) break;
    of = of.map((node) => labels[node]!);
    [level, sizes] = yield* aggregated(level, sizes, { labels, count });
  }
  return numbered(yield* connectedParts(graph, of)).labels;
}

/** Each node goes where it gains most, until none gains: w(node, community) - density · size(node) · size(community). */
function* moveNodes(graph: Graph, sizes: readonly number[], density: number): Generator<void, number[]> {
  const of = graph.map((_, node) => node);
  const total = [...sizes];
  const queue = graph.map((_, node) => node);
  const queued = graph.map(() => true);
  const visitsMax = graph.length * COMMUNITY_VISITS_MAX;
  for (let at = 0; at < queue.length && at < visitsMax; at++) {
    if (at % 64 === 0) yield;
    const node = queue[at]!;
    queued[node] = false;
    const weights = new Map<number, number>();
    for (const [other, weight] of graph[node]!) {
      if (other !== node) weights.set(of[other]!, (weights.get(of[other]!) ?? 0) + weight);
    }
    const from = of[node]!;
    total[from]! -= sizes[node]!;
    let best = from;
    let bestGain = (weights.get(from) ?? 0) - density * sizes[node]! * total[from]!;
    for (const [community, weight] of weights) {
      const gain = weight - density * sizes[node]! * total[community]!;
      if (gain > bestGain + 1e-12) [best, bestGain] = [community, gain];
    }
    total[best]! += sizes[node]!;
    of[node] = best;
    if (best === from) continue;
    for (const other of graph[node]!.keys()) {
      if (of[other] === best || queued[other]) continue;
      queued[other] = true;
      queue.push(other);
    }
  }
  return of;
}

interface Numbered {
  readonly labels: number[];
  readonly count: number;
}

function numbered(of: readonly number[]): Numbered {
  const numbers = new Map<number, number>();
  const labels = of.map((label) => {
    const known = numbers.get(label);
    if (known !== undefined) return known;
    numbers.set(label, numbers.size);
    return numbers.size - 1;
  });
  return { labels, count: numbers.size };
}

/** One node for each community, with the sums of weights between them. */
function* aggregated(
  graph: Graph,
  sizes: readonly number[],
  { labels, count }: Numbered,
): Generator<void, [Graph, number[]]> {
  const merged = Array.from({ length: count }, () => new Map<number, number>());
  const total = new Array<number>(count).fill(0);
  for (const [node, neighbours] of graph.entries()) {
    if (node % 256 === 0) yield;
    const own = labels[node]!;
    total[own]! += sizes[node]!;
    for (const [other, weight] of neighbours) {
      const target = labels[other]!;
      if (target !== own) merged[own]!.set(target, (merged[own]!.get(target) ?? 0) + weight);
    }
  }
  return [merged, total];
}

/** A community whose members do not hold together through one another falls into parts. */
function* connectedParts(graph: Graph, of: readonly number[]): Generator<void, number[]> {
  const part = graph.map(() => -1);
  for (const start of graph.keys()) {
    if (start % 256 === 0) yield;
    if (part[start] !== -1) continue;
    part[start] = start;
    for (const open = [start]; open.length > 0;) {
      for (const other of graph[open.pop()!]!.keys()) {
        if (part[other] !== -1 || of[other] !== of[start]) continue;
        part[other] = start;
        open.push(other);
      }
    }
  }
  return part;
}
