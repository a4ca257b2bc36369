/** What the tests of the archive share: rows in clusters, the exact answer, and the real child process. */
import { buildKernel } from "../../../vector/exact/build_kernel.ts";
import { archiveChildPermissions, type ArchiveHit, type ArchiveRow } from "../../../vector/archive/mod.ts";

export const dimensions = 32;
export const space = { id: "test-space", dimensions };

/** The kernel that the archive searches with. */
export const kernel = await buildKernel();

const builder = new URL("../../../vector/archive/builder.ts", import.meta.url).pathname;

/** Starts the real child under the permissions that it names. */
export function spawn(): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...archiveChildPermissions, builder],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** The position of the n-th thought. */
export function position(n: number): string {
  return `000001-${String(n).padStart(20, "0")}-0000`;
}

/** A generator of uniform numbers in [0, 1) from a seed (mulberry32, public domain). */
export function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A vector of length one, in one of twenty clusters. */
export function vectorOf(seed: number, size = dimensions): Float32Array {
  const cluster = uniform(1000 + (seed % 20));
  const own = uniform(seed * 7919 + 13);
  return unit(Array.from({ length: size }, () => cluster() - 0.5 + 0.6 * (own() - 0.5)));
}

/** Rows and queries in clusters far from each other; the smaller the spread, the more alike the rows of one. */
export function clustered(
  { clusters, rows: count, spread, size }: { clusters: number; rows: number; spread: number; size: number },
): { rows: ArchiveRow[]; near: Float32Array[]; between: Float32Array[] } {
  const inCluster = (seed: number, cluster: number) => {
    const centre = uniform(5000 + cluster);
    const own = uniform(seed * 7919 + 13);
    return unit(Array.from({ length: size }, () => centre() - 0.5 + spread * (own() - 0.5)));
  };
  const rows = Array.from({ length: count }, (_, n) => ({
    id: `row ${n}`,
    born: position(n + 1),
    vector: inCluster(n, n % clusters),
  }));
  const near = Array.from({ length: 50 }, (_, n) => inCluster(1_000_000 + n, n % clusters));
  const between = Array.from({ length: 50 }, (_, n) => {
    const other = rows[(count / 2 + n * 13) % count].vector;
    return unit([...rows[n * 7].vector].map((value, at) => value + 0.6 * other[at]));
  });
  return { rows, near, between };
}

/** The same direction, with length one. */
export function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

/** Rows `from` to `to - 1`: row n is named "row n" and was born at position n + 1. */
export function rowsOf(from: number, to: number, size = dimensions): ArchiveRow[] {
  return Array.from({ length: to - from }, (_, index) => ({
    id: `row ${from + index}`,
    born: position(from + index + 1),
    vector: vectorOf(from + index, size),
  }));
}

/** Rows as a stream. */
export async function* stream(rows: Iterable<ArchiveRow>): AsyncGenerator<ArchiveRow> {
  for (const row of rows) yield await Promise.resolve(row);
}

/** The exact `k` best. */
export function exact(
  rows: readonly ArchiveRow[],
  query: Float32Array,
  k: number,
): { id: string; score: number }[] {
  return rows.map(({ id, vector }) => ({
    id,
    score: vector.reduce((sum, value, at) => sum + value * query[at], 0),
  }))
    .sort((one, two) => two.score - one.score).slice(0, k);
}

/** The share of the exact best that was found, over all queries. */
export function recallOf(found: readonly ArchiveHit[][], expected: readonly { id: string }[][]): number {
  let hits = 0;
  let all = 0;
  expected.forEach((best, which) => {
    const ids = new Set(found[which].map(({ id }) => id));
    hits += best.filter(({ id }) => ids.has(id)).length;
    all += best.length;
  });
  return hits / all;
}

/** Runs a test in a folder of its own, removed afterwards. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "telos-archive-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
