/**
 * Cleanup of a filler out of a bundle of ten pairs at D = 10,000: over a codebook of 10,000 against torchhd's full
 * search, and over one of 100,000 against our own; the winner is compared with that of our full search in both.
 */
import { readAsset } from "../../actors/system/assets.ts";
import { atom, cleanup, CleanupIndex, type Phases8, type Planes, planes } from "../../vector/mod.ts";
import { runBaseline, TORCHHD } from "./python.ts";
import type { Row } from "./row.ts";
import { median, percentile, rounded } from "./statistics.ts";

const DIMENSIONS = 10_000;
const PAIRS = 10;
const QUERIES = 50;
/** A full search of 100,000 takes seconds. */
const CHECKED_100K = 5;
const CHECKED_10K = 20;
/** How many times faster than torchhd. */
const FASTER_10K = 50;

interface Measured {
  readonly times: number[];
  readonly fullMs: number;
  readonly built: number;
}

export const cleanupRow10k: Row = {
  row: "cleanup-10k",
  what: `cleanup over 10,000 × ${DIMENSIONS}, a filler out of ${PAIRS} pairs, against torchhd's full search`,
  unit: "ms",
  bound: "at most",
  required: 1 / FASTER_10K,
  async measure(context) {
    const lines = await runBaseline(TORCHHD, [`--dimensions=${DIMENSIONS}`, "--threads=1"], context);
    const theirs = lines.find(({ baseline, codebook }) =>
      baseline === "torchhd.cleanup" && codebook === 10_000
    );
    if (theirs === undefined) throw new Error("The baseline printed no cleanup over 10,000");
    const { times, fullMs, built } = await measureIndex(10_000, CHECKED_10K);
    return {
      ours: median(times),
      baseline: Number(theirs.microseconds) / 1_000,
      how:
        `CleanupIndex.search, ${QUERIES} fresh queries, each the filler that was bound, ${CHECKED_10K} of them ` +
        "compared with our full search; torchhd.cosine_similarity and argmax, one thread each",
      beside: {
        "p99 ms": rounded(percentile(times, 0.99)),
        "our full search ms": rounded(fullMs),
        "build s": rounded(built / 1_000),
      },
    };
  },
};

export const cleanupRow100k: Row = {
  row: "cleanup-100k",
  what: `cleanup over 100,000 × ${DIMENSIONS}, a filler out of ${PAIRS} pairs, against our own full search`,
  unit: "ms",
  bound: "at most",
  required: 1,
  oursMax: 15,
  async measure() {
    const { times, fullMs, built } = await measureIndex(100_000, CHECKED_100K);
    return {
      ours: median(times),
      baseline: fullMs,
      how:
        `CleanupIndex.search, ${QUERIES} fresh queries, each the filler that was bound, ${CHECKED_100K} compared ` +
        "with the full search",
      beside: { "p99 ms": rounded(percentile(times, 0.99)), "build s": rounded(built / 1_000) },
    };
  },
};

/** @throws {Error} when an answer is not that of the full search */
async function measureIndex(count: number, checked: number): Promise<Measured> {
  const entries: Phases8[] = [];
  for (let index = 0; index < count; index++) entries.push(atom("bench", `entry ${index}`, DIMENSIONS));
  const kernel = await readAsset("exact.wasm");
  const began = performance.now();
  const phasesOf = (index: number) => entries[index]!;
  const index = new CleanupIndex({ length: count, dimensions: DIMENSIONS, phasesOf }, kernel);
  const built = performance.now() - began;
  const codebook = entries.map((phases, place) => ({ name: String(place), phases }));
  const times: number[] = [];
  const full: number[] = [];
  for (let warm = 0; warm < 20; warm++) index.search(queryOf(entries, 10_000 + warm).query);
  for (let question = 0; question < QUERIES; question++) {
    const { query, expected } = queryOf(entries, question);
    const asked = performance.now();
    const answer = index.search(query);
    times.push(performance.now() - asked);
    if (answer?.index !== expected || !answer.known) {
      throw new Error(`Query ${question} found the wrong entry`);
    }
    if (question >= checked) continue;
    const searched = performance.now();
    const winner = cleanup(query, codebook, { prefixes: [] });
    full.push(performance.now() - searched);
    if (winner?.index !== answer.index) throw new Error(`Query ${question} differs from the full search`);
  }
  return { times, fullMs: median(full), built };
}

function queryOf(entries: readonly Phases8[], question: number): { query: Planes; expected: number } {
  const members = Array.from(
    { length: PAIRS },
    (_, pair) => (question * 7919 + pair * 104_729) % entries.length,
  );
  const role = (pair: number) => planes.fromPhases8(atom("bench", `role ${question} ${pair}`, DIMENSIONS));
  const pairs = members.map((member, pair) => planes.bind(role(pair), planes.fromPhases8(entries[member]!)));
  return { query: planes.unbind(planes.bundle(pairs), role(0)), expected: members[0]! };
}
