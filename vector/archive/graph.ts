/**
 * usearch behind four functions: make, view, search, release. Only the child process calls them; the native addon is
 * loaded on the first call, so that importing this file costs nothing and needs no permission. Vectors are kept as f16
 * under the inner product, which is the cosine for vectors of length one.
 */
import type { Index } from "usearch";
import { graphConnectivity, graphExpansionAdd, graphExpansionsSearch } from "./limits.ts";

/** A graph in memory or mapped from a file. */
export type Graph = Index;

/** A row found, and its inner product with the query. */
export interface GraphHit {
  readonly row: number;
  readonly score: number;
}

/** An empty graph. */
export async function makeGraph(dimensions: number, expansionSearch: number): Promise<Graph> {
  const { Index, MetricKind, ScalarKind } = await import("usearch");
  return new Index({
    dimensions,
    metric: MetricKind.IP,
    quantization: ScalarKind.F16,
    connectivity: graphConnectivity,
    expansion_add: graphExpansionAdd,
    expansion_search: expansionSearch,
    multi: false,
  });
}

/**
 * The graph of a file, memory-mapped. Throws when usearch does not take it for its own. The file must be there: of a
 * missing one usearch 2.26 closes file descriptor 0, which is our input.
 */
export async function viewGraph(path: string, dimensions: number, expansionSearch: number): Promise<Graph> {
  await Deno.stat(path);
  const graph = await makeGraph(dimensions, expansionSearch);
  graph.view(path);
  return graph;
}

/** The `count` nearest that the graph finds, best first. */
export function searchGraph(graph: Graph, query: Float32Array, count: number): GraphHit[] {
  const wanted = Math.min(count, graph.size());
  if (wanted === 0) return [];
  const { keys, distances } = graph.search(query, wanted, 1);
  const found: GraphHit[] = [];
  for (let rank = 0; rank < keys.length; rank++) {
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
    (await makeGraph(1, graphExpansionsSearch[0])).save(path);
    graph.load(path);
  } finally {
    await Deno.remove(path);
  }
}
