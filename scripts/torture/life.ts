/**
 * The life of one image: processes that work on it are killed one after the other, and after each death the image is
 * looked at. Everything that is chosen follows from the seed; when exactly a process dies does not, as the machine has a
 * say in it.
 */
import { seededRandom } from "../bench/statistics.ts";
import type { Random } from "./choose.ts";
import { inspect } from "./inspect.ts";
import { chooseScenario, describeScenario, type Scenario } from "./scenario.ts";
import { Victim } from "./victim.ts";
import { Worker } from "./worker.ts";

export interface Life {
  readonly seed: number;
  readonly kills: number;
  /** A fresh folder, for the image. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface LifeReport {
  readonly kills: number;
  readonly acknowledged: number;
  /** Kills by the kind of scenario or the crash point. */
  readonly where: Readonly<Record<string, number>>;
}

/** An image that is not as it must be. */
export class TortureError extends Error {
  constructor(
    readonly seed: number,
    readonly kill: number,
    what: string,
    readonly faults: readonly string[],
  ) {
    super(
      `After kill ${kill} (${what}) of seed ${seed}:\n${
        faults.slice(0, 20).map((each) => `  - ${each}`).join("\n")
      }`,
    );
    this.name = "TortureError";
  }
}

const WORKERS = 6;
/** A process that is neither killed nor done by then hangs, and that is a fault. */
const LIFE_MS_MAX = 60_000;
/** Memories asked for after a crash. */
const RECALLED = 3;

/** @throws {TortureError} for an image that is not as it must be */
export async function live({ seed, kills, folder, say }: Life): Promise<LifeReport> {
  const random = seededRandom(seed);
  const workers = Array.from({ length: WORKERS }, (_, n) => new Worker(`w${n}`, seededRandom(seed * 31 + n)));
  const where: Record<string, number> = {};
  for (let kill = 0; kill <= kills; kill++) {
    // The last process is not killed: it shows that life goes on.
    const scenario: Scenario = kill === kills
      ? { type: "random", acknowledged: 20, afterMs: 0 }
      : kill === 0
      ? { type: "random", acknowledged: 40, afterMs: 5 }
      : chooseScenario(random);
    const what = describeScenario(scenario);
    try {
      await oneProcess({ folder, scenario, workers, random, first: kill === 0 });
    } catch (error) {
      throw new TortureError(seed, kill, what, [
        error instanceof Error ? error.stack ?? String(error) : String(error),
      ]);
    }
    const faults = await inspect(folder, workers);
    if (faults.length > 0) throw new TortureError(seed, kill, what, faults);
    if (kill === kills) break;
    const label = scenario.type === "point" ? scenario.point : scenario.type;
    where[label] = (where[label] ?? 0) + 1;
    say(`seed ${seed}, kill ${kill + 1}: ${what}`);
  }
  const acknowledged = workers.reduce((sum, worker) => sum + worker.acknowledged.length, 0);
  return { kills, acknowledged, where };
}

interface OneProcess {
  readonly folder: string;
  readonly scenario: Scenario;
  readonly workers: readonly Worker[];
  readonly random: Random;
  readonly first: boolean;
}

async function oneProcess({ folder, scenario, workers, random, first }: OneProcess): Promise<void> {
  // What makes the image anew is not counted.
  const victim = new Victim(folder, scenario.type === "point" ? `${scenario.point}:${scenario.pass}` : null);
  const timer = setTimeout(() => void victim.kill(), LIFE_MS_MAX);
  try {
    if (scenario.type === "opening") {
      await pause(scenario.afterMs);
      await victim.kill();
      return;
    }
    const url = await urlOrDeath(victim);
    if (url === null) return;
    if (first) { for (const worker of workers) await worker.prepare(url); }
    await untilGone(victim, async () => await greet(url, workers, random));
    const killed = scenario.type === "random" ? killAfter(victim, workers, scenario) : Promise.resolve();
    await Promise.all([killed, ...workers.map((worker) => work(victim, url, worker))]);
    const { signal } = await victim.ended;
    if (signal !== "SIGKILL") throw new Error(`The process ended with ${signal}: ${victim.said}`);
  } finally {
    clearTimeout(timer);
    await victim.kill();
  }
}

async function killAfter(
  victim: Victim,
  workers: readonly Worker[],
  { acknowledged, afterMs }: { readonly acknowledged: number; readonly afterMs: number },
): Promise<void> {
  const enough = countOf(workers) + acknowledged;
  while (countOf(workers) < enough && victim.alive) await pause(1);
  await pause(afterMs);
  await victim.kill();
}

/** Null when it died at a crash point while it opened. */
async function urlOrDeath(victim: Victim): Promise<string | null> {
  try {
    return await victim.url;
  } catch (error) {
    if ((await victim.ended).signal === "SIGKILL") return null;
    throw error;
  }
}

/** A process that has just opened the image: it answers what is asked again once, and recalls what was acknowledged. */
async function greet(url: string, workers: readonly Worker[], random: Random): Promise<void> {
  for (const worker of workers) await worker.repeat(url);
  const texts = workers.flatMap(({ model }) => [...model.memories]);
  for (let n = 0; n < Math.min(RECALLED, texts.length); n++) {
    await recalled(url, texts[Math.floor(random() * texts.length)]!);
  }
}

async function recalled(url: string, text: string): Promise<void> {
  const until = performance.now() + 20_000;
  for (;;) {
    const response = await fetch(`${url}/api/recall?k=5&q=${encodeURIComponent(text)}`);
    const body = await response.json();
    if (response.status === 200) {
      const hits = body as { text: string }[];
      if (hits.some((hit) => hit.text === text)) return;
      throw new Error(
        `"${text}" is not recalled: ${JSON.stringify(hits.map((hit) => hit.text)).slice(0, 400)}`,
      );
    }
    // The index is being filled; that takes a moment, and no more.
    if (performance.now() > until) throw new Error(`Recall does not answer: ${JSON.stringify(body)}`);
    await pause(20);
  }
}

async function work(victim: Victim, url: string, worker: Worker): Promise<void> {
  while (victim.alive) await untilGone(victim, () => worker.step(url));
}

/** Does something that only the death of the process may cut short. */
async function untilGone(victim: Victim, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    // A connection that is refused or cut; a server that lives and refuses is no such case.
    if (!(error instanceof TypeError)) throw error;
    await victim.ended;
  }
}

function countOf(workers: readonly Worker[]): number {
  return workers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
