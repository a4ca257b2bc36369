/**
 * The life of one image: processes that work on it are killed one after the other, and after each death the image is
 * looked at. Everything that is chosen follows from the seed; when exactly a process dies does not, as the machine has a
 * say in it.
 */
import { seededRandom } from "../bench/statistics.ts";
import { inspectChains, inspectRestored, killRestore, type Places } from "./backups.ts";
import type { Random } from "./choose.ts";
import { drive, type Driven, inspectFork, secretsLeft, settleAsked } from "./drive.ts";
import { inspect } from "./inspect.ts";
import { killJournal } from "./journal.ts";
import { chooseScenario, describeScenario, type Scenario } from "./scenario.ts";
import { Victim } from "./victim.ts";
import { post, Worker } from "./worker.ts";

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
/** A point that the work does not come to by then: it is killed where it is. */
const POINT_MS_MAX = 10_000;
/** Time in which a process ends what was to be forgotten. */
const ERASED_MS_MAX = 60_000;
/** What a worker asks of one process as fast as it can; then it takes its time, or a fast machine would make an image too
 * large for what is to come to a point in a few seconds. */
const HURRIED_STEPS = 100;
const STEP_PAUSE_MS = 50;
/** Memories asked for after a crash. */
const RECALLED = 3;
/** Rows of working memory beyond which the archive seals them, in every other life. */
const SEALED_ROWS = 60;
/** Every so often a backup is made under load, to its end or as far as it comes. */
const BACKED_UP_SHARE = 0.5;
/** Every so often the newest backup is restored and compared. */
const RESTORED_SHARE = 0.25;

/** @throws {TortureError} for an image that is not as it must be */
export async function live({ seed, kills, folder, say }: Life): Promise<LifeReport> {
  const random = seededRandom(seed);
  const workers = Array.from({ length: WORKERS }, (_, n) => new Worker(`w${n}`, seededRandom(seed * 31 + n)));
  const places = { image: folder, backups: `${folder}.backups`, restored: `${folder}.restored` };
  const driven: Driven = { image: folder, workers, secrets: new Set(), asked: null };
  const where: Record<string, number> = {};
  const seals = seed % 2 === 0;
  let newest: string | null = null;
  // The first process makes the image; the last is killed too, and shows that life goes on after the one before.
  for (let kill = 1; kill <= kills; kill++) {
    const first = kill === 1;
    const chosen = chooseScenario(random, seals);
    const scenario: Scenario = first || (chosen.type === "restore" && newest === null)
      ? { type: "random", acknowledged: 40, afterMs: 5 }
      : chosen;
    const what = describeScenario(scenario);
    const faults: string[] = [];
    let reached = true;
    try {
      if (scenario.type === "restore") faults.push(...await killRestore(places, scenario.point));
      else if (scenario.type === "journal") {
        faults.push(...await killJournal(`${folder}.ledger`, scenario.point, scenario.pass));
      } else {
        reached = await oneProcess({ places, scenario, driven, random, first, seals });
        const point = reached && scenario.type === "point" ? scenario.point : null;
        faults.push(...await inspectFork(driven, point));
        await settleAsked(driven);
      }
      faults.push(...await inspect(folder, workers));
      const chains = await inspectChains(places);
      faults.push(...chains.faults);
      const restores = chains.newest !== null && (scenario.type === "restore" || random() < RESTORED_SHARE);
      if (restores) faults.push(...await inspectRestored(places));
      newest = chains.newest;
    } catch (error) {
      faults.push(error instanceof Error ? error.stack ?? String(error) : String(error));
    }
    if (faults.length > 0) throw new TortureError(seed, kill, what, faults);
    const point = "point" in scenario ? scenario.point : scenario.type;
    const label = reached ? point : "random";
    where[label] = (where[label] ?? 0) + 1;
    say(`seed ${seed}, kill ${kill}: ${what}${reached ? "" : ", which it did not come to"}`);
  }
  const left = await erasedInTheEnd(driven);
  if (left.length > 0) throw new TortureError(seed, kills, "what was forgotten", left);
  const acknowledged = workers.reduce((sum, worker) => sum + worker.acknowledged.length, 0);
  return { kills, acknowledged, where };
}

/** A process that is left in peace ends what deaths have interrupted. @returns what is left nevertheless */
async function erasedInTheEnd(driven: Driven): Promise<string[]> {
  if (driven.secrets.size === 0) return [];
  const victim = new Victim(driven.image);
  try {
    await victim.url;
    const until = performance.now() + ERASED_MS_MAX;
    for (;;) {
      // A look takes a while: what counts is one that begins when the time is over.
      const isOver = performance.now() > until;
      const left = await secretsLeft(driven);
      if (left.length === 0) return [];
      if (isOver) return [...left, `the process said: ${victim.said}`];
      await pause(100);
    }
  } finally {
    await victim.kill();
  }
}

interface OneProcess {
  readonly places: Places;
  readonly scenario: Exclude<Scenario, { readonly type: "restore" | "journal" }>;
  readonly driven: Driven;
  readonly random: Random;
  readonly first: boolean;
  /** The archive seals memories beyond a few. */
  readonly seals: boolean;
}

/** @returns whether it died where it was to die */
async function oneProcess(life: OneProcess): Promise<boolean> {
  const { places, scenario, driven, driven: { workers }, random } = life;
  const victim = new Victim(
    places.image,
    scenario.type === "point" ? `${scenario.point}:${scenario.pass}` : null,
  );
  const timer = setTimeout(() => void victim.kill(), LIFE_MS_MAX);
  try {
    if (scenario.type === "opening") {
      await pause(scenario.afterMs);
      await victim.kill();
      return true;
    }
    const url = await urlOrDeath(victim);
    if (url === null) return true;
    if (life.first) await prepare(url, life);
    await untilGone(victim, async () => await greet(url, workers, random));
    if (scenario.type === "random" && random() < BACKED_UP_SHARE) {
      await untilGone(victim, async () => void await post(url, { command: "BACKUP", full: false }));
    }
    const killed = scenario.type === "random"
      ? killAfter(victim, workers, scenario)
      : killAtPoint(victim, () => drive(url, scenario.point, driven));
    const [reached] = await Promise.all([killed, ...workers.map((worker) => work(victim, url, worker))]);
    const { signal } = await victim.ended;
    if (signal !== "SIGKILL") throw new Error(`The process ended with ${signal}: ${victim.said}`);
    return reached;
  } finally {
    clearTimeout(timer);
    await victim.kill();
  }
}

async function killAfter(
  victim: Victim,
  workers: readonly Worker[],
  { acknowledged, afterMs }: { readonly acknowledged: number; readonly afterMs: number },
): Promise<boolean> {
  const enough = countOf(workers) + acknowledged;
  while (countOf(workers) < enough && victim.alive) await pause(1);
  await pause(afterMs);
  await victim.kill();
  return true;
}

async function prepare(url: string, { places, driven: { workers }, seals }: OneProcess): Promise<void> {
  for (const worker of workers) await worker.prepare(url);
  await post(url, { command: "SET_SLOT", object: "backup_manager", slot: "folder", value: places.backups });
  if (!seals) return;
  await post(url, {
    command: "SET_SLOT",
    object: "archive_manager",
    slot: "threshold_rows",
    value: SEALED_ROWS,
  });
}

/** It dies by itself where it can, as it is asked for what leads there. @returns whether it did */
async function killAtPoint(victim: Victim, ask: () => Promise<void>): Promise<boolean> {
  const until = performance.now() + POINT_MS_MAX;
  let asking = Promise.resolve();
  while (victim.alive && performance.now() < until) {
    asking = untilGone(victim, ask);
    // What is asked for may take longer than there is time.
    await Promise.race([asking, pause(POINT_MS_MAX)]);
    await pause(50);
  }
  const reached = !victim.alive;
  await victim.kill();
  await asking;
  return reached;
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
  for (let steps = 0; victim.alive; steps++) {
    if (steps >= HURRIED_STEPS) await pause(STEP_PAUSE_MS);
    await untilGone(victim, () => worker.step(url));
  }
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
