/**
 * Joining what the channels found into one order, with the reasons. Pure: everything that counts is in the candidates and
 * the weights.
 */
import type { RecallWeights } from "./weights.ts";

/** A memory that some channel found, or that stands beside one. */
export interface Candidate {
  readonly id: string;
  /** Cosine with the query, by the true vectors; null when it has no vector. */
  readonly cosine: number | null;
  /** BM25, and its share of what the query's words can give, 0 to 1; null when no word of the query is in it. */
  readonly bm25: number | null;
  readonly share: number | null;
  /** Cosine of the query and its surroundings in its thread; null when it stands alone. */
  readonly surroundings: number | null;
  /** How old it is, milliseconds. */
  readonly ageMs: number;
  /** 0 to 1. */
  readonly importance: number;
  /** Its neighbours in its thread, and how many steps they are away. */
  readonly near: readonly { readonly id: string; readonly steps: number }[];
}

export type ReasonName = "meaning" | "words" | "thread" | "neighbours" | "recency" | "importance";

/** One part of a score: what was found (0 to 1), what it counts, and what that comes to. */
export interface Reason {
  readonly name: ReasonName;
  readonly value: number;
  readonly weight: number;
  readonly points: number;
}

export interface Ranked {
  readonly id: string;
  /** 0 to 1: the sum of the points. */
  readonly score: number;
  readonly reasons: readonly Reason[];
}

/** The constant of reciprocal-rank fusion (Cormack, Clarke and Büttcher, 2009). */
const RANK_OFFSET = 60;
const DAY_MS = 86_400_000;

/** All candidates, the best first and of equals the smaller id. */
export function fuse(candidates: readonly Candidate[], weights: RecallWeights): Ranked[] {
  const ranked = weights.fusion === "rank" ? fuseByRank(candidates) : fuseByScore(candidates, weights);
  return ranked.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function fuseByScore(candidates: readonly Candidate[], weights: RecallWeights): Ranked[] {
  const shares = new Map(candidates.map(({ id, share }) => [id, share ?? 0]));
  const whole = weights.meaning + weights.words + weights.thread + weights.recency + weights.importance;
  return candidates.map((candidate) => {
    const own = shares.get(candidate.id)!;
    const lent = Math.min(1 - own, lentBy(candidate, shares, weights));
    const reason = (name: ReasonName, value: number, weight: number): Reason => ({
      name,
      value,
      weight,
      points: whole === 0 ? 0 : value * weight / whole,
    });
    const meaning = clamped(candidate.cosine ?? 0);
    const reasons = [
      reason("meaning", meaning, weights.meaning),
      reason("words", own, weights.words),
      reason("neighbours", lent, weights.words),
      // What stands alone is its own surroundings.
      reason("thread", clamped(candidate.surroundings ?? meaning), weights.thread),
      reason(
        "recency",
        2 ** -(Math.max(0, candidate.ageMs) / (weights.recencyHalfLifeDays * DAY_MS)),
        weights.recency,
      ),
      reason("importance", candidate.importance, weights.importance),
    ].filter(({ points }) => points > 0);
    return { id: candidate.id, score: reasons.reduce((sum, { points }) => sum + points, 0), reasons };
  });
}

/** Reciprocal ranks of both channels, so that a memory that leads both has a score of 1. */
function fuseByRank(candidates: readonly Candidate[]): Ranked[] {
  const meaning = ranksBy(candidates, ({ cosine }) => cosine);
  const words = ranksBy(candidates, ({ bm25 }) => bm25);
  const part = (name: ReasonName, ranks: ReadonlyMap<string, number>, id: string): Reason[] => {
    const rank = ranks.get(id);
    if (rank === undefined) return [];
    const value = (RANK_OFFSET + 1) / (RANK_OFFSET + rank);
    return [{ name, value, weight: 1, points: value / 2 }];
  };
  return candidates.map(({ id }) => {
    const reasons = [...part("meaning", meaning, id), ...part("words", words, id)];
    return { id, score: reasons.reduce((sum, { points }) => sum + points, 0), reasons };
  });
}

function lentBy(
  { near }: Candidate,
  shares: ReadonlyMap<string, number>,
  { lendNext, lendSecond }: RecallWeights,
): number {
  return near.reduce((sum, { id, steps }) => {
    const lends = Math.abs(steps) === 1 ? lendNext : Math.abs(steps) === 2 ? lendSecond : 0;
    return sum + lends * (shares.get(id) ?? 0);
  }, 0);
}

function ranksBy(
  candidates: readonly Candidate[],
  score: (candidate: Candidate) => number | null,
): Map<string, number> {
  const scored = candidates.filter((candidate) => score(candidate) !== null);
  scored.sort((a, b) => score(b)! - score(a)! || (a.id < b.id ? -1 : 1));
  return new Map(scored.map(({ id }, at) => [id, at + 1]));
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
