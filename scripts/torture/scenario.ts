/** How one process is to be killed, chosen by chance: where, and after how much. Pure. */
import { COMMIT_CRASH_POINTS } from "../../actors/system/mod.ts";
import type { Random } from "./choose.ts";

export type Scenario =
  /** In the middle of the work, so many milliseconds after so many operations are acknowledged. */
  | { readonly type: "random"; readonly acknowledged: number; readonly afterMs: number }
  /** By itself, when it passes the point for the n-th time under load. */
  | { readonly type: "point"; readonly point: string; readonly pass: number }
  /** So many milliseconds after its start, while it opens the image that a crash has left. */
  | { readonly type: "opening"; readonly afterMs: number };

export function chooseScenario(random: Random): Scenario {
  const roll = random();
  if (roll < 0.4) return { type: "random", acknowledged: 1 + below(random, 40), afterMs: below(random, 20) };
  if (roll < 0.55) return { type: "opening", afterMs: 150 + below(random, 600) };
  const point = COMMIT_CRASH_POINTS[below(random, COMMIT_CRASH_POINTS.length)]!;
  return { type: "point", point, pass: 1 + below(random, point === "commit.staged" ? 2 : 30) };
}

export function describeScenario(scenario: Scenario): string {
  switch (scenario.type) {
    case "random":
      return `${scenario.afterMs} ms after ${scenario.acknowledged} acknowledgements`;
    case "opening":
      return `${scenario.afterMs} ms after its start`;
    case "point":
      return `${scenario.point}:${scenario.pass}`;
  }
}

function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}
