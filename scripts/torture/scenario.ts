/** How one process is to be killed, chosen by chance: where, and after how much. Pure. */
import { COMMIT_CRASH_POINTS } from "../../actors/system/mod.ts";
import type { Random } from "./choose.ts";

export type Scenario =
  /** In the middle of the work, so many milliseconds after so many operations are acknowledged. */
  | { readonly type: "random"; readonly acknowledged: number; readonly afterMs: number }
  /** By itself, when it passes the point for the n-th time under load. */
  | { readonly type: "point"; readonly point: string; readonly pass: number }
  /** So many milliseconds after its start, while it opens the image that a crash has left. */
  | { readonly type: "opening"; readonly afterMs: number }
  /** A restore of the newest backup, in a process of its own, at a point of it. */
  | { readonly type: "restore"; readonly point: string }
  /** A process that writes to a journal besides, at a point of that or of its commit. */
  | { readonly type: "journal"; readonly point: string; readonly pass: number };

/** Passed once for each backup, each swap of the archive, and so on: the first passing is the one. */
const SWAP = ["swap.built", "swap.verified", "swap.renamed", "swap.manifest"];
const BACKUP = ["backup.started", "backup.chunk", "backup.manifest"];
const RESTORE = ["restore.chunk", "restore.done"];
const FORK = ["fork.entries", "fork.built"];
const PRUNE = ["prune.horizon", "prune.batch", "rewrite.staged", "rewrite.parts", "rewrite.decided"];
const FORGET = ["forget.masked", "forget.rewritten", "forget.compacted"];
const JOURNAL = ["journal.torn", "journal.fsynced", "commit.voted", "commit.decided"];

/** @param seals whether the archive has anything to seal */
export function chooseScenario(random: Random, seals: boolean): Scenario {
  const roll = random();
  if (roll < 0.25) return { type: "random", acknowledged: 1 + below(random, 40), afterMs: below(random, 20) };
  if (roll < 0.33) return { type: "opening", afterMs: 150 + below(random, 600) };
  if (roll < 0.5) {
    return { type: "point", point: pick(random, seals ? [...SWAP, ...BACKUP] : BACKUP), pass: 1 };
  }
  if (roll < 0.55) return { type: "restore", point: pick(random, RESTORE) };
  if (roll < 0.72) {
    return { type: "point", point: pick(random, pick(random, [FORK, PRUNE, FORGET])), pass: 1 };
  }
  if (roll < 0.77) return { type: "journal", point: pick(random, JOURNAL), pass: 1 + below(random, 20) };
  const point = pick(random, [...COMMIT_CRASH_POINTS, "index.finish"]);
  return { type: "point", point, pass: 1 + below(random, point === "commit.staged" ? 2 : 30) };
}

export function describeScenario(scenario: Scenario): string {
  switch (scenario.type) {
    case "random":
      return `${scenario.afterMs} ms after ${scenario.acknowledged} acknowledgements`;
    case "opening":
      return `${scenario.afterMs} ms after its start`;
    case "restore":
      return scenario.point;
    case "journal":
      return `a ledger at ${scenario.point}:${scenario.pass}`;
    case "point":
      return `${scenario.point}:${scenario.pass}`;
  }
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}
