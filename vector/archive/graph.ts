/**
 * usearch behind four functions: make, view, search, release. Only the child process calls them; the native addon is
 * loaded on the first call, so that importing this file costs nothing and needs no permission. Vectors are kept as f16
 * under the inner product, which is the cosine for vectors of length one.
 */
import type { Index } from "usearch";
import { graphConnectivity, graphExpansionAdd } from "./limits.ts";

/** A graph in memory or mapped from a file. */
export type Graph = Index;

/** A row found, and its inner product with the query. */
export interface GraphHit {
  readonly row: number;
  readonly score: number;
}

/** An empty graph. */
export async function makeGraph(dimensions: number): Promise<Graph> {
  const { Index, MetricKind, ScalarKind } = await import("usearch");
  return new Index({
    dimensions,
    metric: MetricKind.IP,
    quantization: ScalarKind.F16,
    connectivity: graphConnectivity,
    expansion_add: graphExpansionAdd,
    // A search weighs at least this many candidates, and as many as it asks for: see `searchGraph`.
    expansion_search: 1,
    multi: false,
  });
}

/**
 * The graph of a file, memory-mapped. Throws when usearch does not take it for its own. The file must be there: of a
 * missing one usearch 2.26 closes file descriptor 0, which is our input.
 */
export async function viewGraph(path: string, dimensions: number): Promise<Graph> {
  await Deno.stat(path);
  const graph = await makeGraph(dimensions);
  graph.view(path);
  return graph;
}

/** The `count` nearest that the graph finds when it weighs `candidates` (or `count`, if that is more), best first. */
export function searchGraph(
  graph: Graph,
  query: Float32Array,
  { count, candidates }: { count: number; candidates: number },
): GraphHit[] {
  const wanted = Math.min(Math.max(count, candidates), graph.size());
  if (wanted === 0) return [];
  const { keys, distances } = graph.search(query, wanted, 1);
  const found: GraphHit[] = [];
  for (let rank = 0; rank < Math.min(count, keys.length); rank++) {
    found.push({ row: Number(keys[rank]), score: 1 - distances[rank]! });
  }
  return found;
}

/**
 * Unmaps the graph's file now rather than at some garbage collection, by loading an empty graph in its place: usearch
 * for JavaScript has no `close`.
 */
export async function releaseGraph(graph: Graph): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "telos-empty-", suffix: ".usearch" });
  try {
    (await makeGraph(1)).save(path);
    graph.load(path);
  } finally {
    await Deno.remove(path);
  }
}
