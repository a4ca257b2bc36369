/** Inverted lists by themselves: every row is in one of them, and what they say of it is about right. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { buildLists } from "../../../vector/archive/build_lists.ts";
import { bytesOf } from "../../../vector/archive/frames.ts";
import { InvertedLists, type ListHit } from "../../../vector/archive/inverted_lists.ts";
import { compileKernel } from "../../../vector/archive/list_layout.ts";
import { encodeRows, sumOf } from "../../../vector/archive/segment_files.ts";
import { clustered, exact, inFolder, kernel, uniform, unit } from "./fixture.ts";

const compiled = compileKernel(kernel);

async function listsOf(folder: string, vectors: readonly Float32Array[]): Promise<InvertedLists> {
  const dimensions = vectors[0].length;
  const [rowsPath, listsPath] = [join(folder, "some.rows"), join(folder, "some.lists")];
  const flat = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, row) => flat.set(vector, row * dimensions));
  const names = vectors.map((_, row) => String(row));
  await Deno.writeFile(rowsPath, encodeRows(names, names, bytesOf(flat)));
  const rows = vectors.length;
  await buildLists({ rowsPath, listsPath, rows, dimensions, kernel: compiled, progress: () => {} });
  return await InvertedLists.open(listsPath, { sum: await sumOf(listsPath), rows, dimensions }, compiled);
}

/** What so many lists answer, however little similar it is. */
function searchAll(
  lists: InvertedLists,
  query: Float32Array,
  { probes, count }: { probes: number; count: number },
): ListHit[] {
  return lists.search(query, { steps: [{ probes, similarity: -Infinity }], rank: 1, count })!;
}

function inner(one: Float32Array, two: Float32Array): number {
  return one.reduce((sum, value, at) => sum + value * two[at], 0);
}

Deno.test("AR41 every row is in one list, and its score there is off by no more than rounding can be", () =>
  inFolder(async (folder) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer(),
        async (count, dimensions, different, seed) => {
          const random = uniform(seed);
          const kinds = Array.from(
            { length: different },
            () => unit(Array.from({ length: dimensions }, () => random() - 0.5)),
          );
          // Many are the same; one is nothing at all.
          const vectors = Array.from({ length: count }, (_, row) => kinds[row % different]);
          vectors[count >> 1] = new Float32Array(dimensions);
          const lists = await listsOf(folder, vectors);
          const query = unit(Array.from({ length: dimensions }, () => random() - 0.5));
          const hits = searchAll(lists, query, { probes: count + 3, count });
          assert.deepEqual(hits.map(({ row }) => row).sort((a, b) => a - b), vectors.map((_, row) => row));
          // Half a step of a row in each dimension, half a step of the query, and the sums of f32.
          const bound = Math.sqrt(dimensions) * (0.5 / 7.5 + 0.5 / 127) + 1e-4;
          for (const { row, score } of hits) {
            const off = Math.abs(score - inner(vectors[row], query));
            assert(off <= bound, `row ${row} is off by ${off}, the bound is ${bound}`);
          }
          assert.deepEqual(hits, hits.toSorted((one, two) => two.score - one.score));
        },
      ),
      { numRuns: 60 },
    );
  }));

Deno.test("AR41 a few lists hold the nearest rows of clusters, however alike these are", () =>
  inFolder(async (folder) => {
    for (const spread of [0.02, 0.3]) {
      // In the order of a stride that any regular sample would fall into.
      const { rows, near } = clustered({ clusters: 100, rows: 10_000, spread, size: 64 });
      const lists = await listsOf(folder, rows.map(({ vector }) => vector));
      const shares = near.map((query) => {
        const found = new Set(
          searchAll(lists, query, { probes: 4, count: 28 }).map(({ row }) => `row ${row}`),
        );
        return exact(rows, query, 10).filter(({ id }) => found.has(id)).length / 10;
      });
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      assert(mean >= 0.99, `${mean} of the nearest at a spread of ${spread}`);
    }
  }));

Deno.test("AR41 a query of other dimensions is refused", () =>
  inFolder(async (folder) => {
    const lists = await listsOf(folder, [Float32Array.of(1, 0), Float32Array.of(0, 1)]);
    assert.throws(
      () => searchAll(lists, Float32Array.of(1, 0, 0), { probes: 1, count: 1 }),
      /must have 2 dimensions: it has 3/,
    );
  }));
