/**
 * Looks, in the background and at bounded intervals, which minds work, and uses the first that does. The choice
 * and its reason are visible, can be overruled by a person, and change live as a server appears or goes.
 */
import { type Actor, createActor, fromPromise, setup } from "xstate";
import { askProbeTimeoutMs, probeIntervalMs } from "./limits.ts";
import { reasonOf } from "./errors.ts";
import type { Mind, MindModel, MindProbe } from "./mind.ts";

export interface ChosenMind {
  readonly mind: Mind;
  readonly host: string | null;
  /** Why this mind, in words. */
  readonly reason: string;
  readonly models: readonly MindModel[];
  /** True when a better mind exists and does not work. */
  readonly degraded: boolean;
}

/** The timers of XState, so that a test can turn the clock. */
export interface ChooserClock {
  setTimeout(run: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

const timers: ChooserClock = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

export interface MindChooserOptions {
  /** The best first; the last must always be available. */
  readonly minds: readonly [Mind, ...Mind[]];
  readonly intervalMs?: number;
  readonly clock?: ChooserClock;
}

/** probing → resting → probing …; a PROBE while resting looks at once, while probing it is already being done. */
function chooserMachine(probeAll: (signal: AbortSignal) => Promise<void>, intervalMs: number) {
  return setup({
    types: { events: {} as { type: "PROBE" } },
    actors: { probeAll: fromPromise<void>(({ signal }) => probeAll(signal)) },
    delays: { interval: intervalMs },
  }).createMachine({
    id: "mind_chooser",
    initial: "probing",
    states: {
      probing: { invoke: { src: "probeAll", onDone: "resting", onError: "resting" } },
      resting: { after: { interval: "probing" }, on: { PROBE: "probing" } },
    },
  });
}

export class MindChooser {
  readonly #minds: readonly [Mind, ...Mind[]];
  readonly #actor: Actor<ReturnType<typeof chooserMachine>>;
  readonly #listeners = new Set<(chosen: ChosenMind) => void>();
  #probes: ReadonlyMap<Mind, MindProbe> = new Map();
  #preferred: Mind["name"] | null = null;
  readonly #clock: ChooserClock;
  #current: ChosenMind;

  constructor(options: MindChooserOptions) {
    this.#minds = options.minds;
    this.#clock = options.clock ?? timers;
    this.#current = this.#choose();
    this.#actor = createActor(
      chooserMachine((signal) => this.#probeAll(signal), options.intervalMs ?? probeIntervalMs),
      { clock: this.#clock },
    );
    this.#actor.start();
  }

  /** What is known now; never waits. */
  get current(): ChosenMind {
    return this.#current;
  }

  /** What is true now: looks at once, and takes what is known when that takes too long. */
  async fresh(timeoutMs: number = askProbeTimeoutMs): Promise<ChosenMind> {
    this.#actor.send({ type: "PROBE" });
    await this.#rested(timeoutMs);
    return this.#current;
  }

  /** Looks again soon, because something seems to have changed. */
  suspect(): void {
    this.#actor.send({ type: "PROBE" });
  }

  /** Overrules the order; null gives the choice back. A preferred mind that does not work is passed over. */
  prefer(name: Mind["name"] | null): ChosenMind {
    this.#preferred = name;
    this.#adopt();
    return this.#current;
  }

  /** Called whenever mind, reason or models change. Returns how to stop listening. */
  onChange(listener: (chosen: ChosenMind) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#actor.stop();
    this.#listeners.clear();
  }

  /** Resolves when no probe is under way, or when the time is over: the probe then ends in the background. */
  #rested(timeoutMs: number): Promise<void> {
    if (this.#actor.getSnapshot().matches("resting")) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#clock.clearTimeout(timer);
        subscription.unsubscribe();
        resolve();
      };
      const timer = this.#clock.setTimeout(done, timeoutMs);
      const subscription = this.#actor.subscribe({
        next: (snapshot) => snapshot.matches("resting") && done(),
        complete: done,
      });
    });
  }

  async #probeAll(signal: AbortSignal): Promise<void> {
    const found = await Promise.all(
      this.#minds.map(async (mind) => [mind, await probed(mind, signal)] as const),
    );
    if (signal.aborted) return;
    this.#probes = new Map(found);
    this.#adopt();
  }

  #adopt(): void {
    const before = this.#current;
    this.#current = this.#choose();
    if (identity(before) === identity(this.#current)) return;
    for (const listener of this.#listeners) listener(this.#current);
  }

  #choose(): ChosenMind {
    const ordered = [...this.#minds].sort((one, other) => this.#rank(one) - this.#rank(other));
    const passed: string[] = [];
    for (const mind of ordered) {
      const probe = this.#probes.get(mind);
      if (probe?.available) return this.#chosen(mind, probe, passed);
      passed.push(probe?.reason ?? `${mind.name} was not looked for yet`);
    }
    const last = this.#minds.at(-1) ?? this.#minds[0];
    return { mind: last, host: null, models: [], degraded: true, reason: passed.join("; ") };
  }

  #chosen(mind: Mind, probe: MindProbe, passed: readonly string[]): ChosenMind {
    const answers = probe.host === null
      ? `${mind.name} is always there`
      : `${mind.name} answers at ${probe.host}`;
    const asked = this.#preferred === mind.name ? ", and a person chose it" : "";
    const reason = passed.length === 0 ? `${answers}${asked}` : passed.join("; ");
    return { mind, host: probe.host, models: probe.models, degraded: passed.length > 0, reason };
  }

  #rank(mind: Mind): number {
    return mind.name === this.#preferred ? -1 : this.#minds.indexOf(mind);
  }
}

async function probed(mind: Mind, signal: AbortSignal): Promise<MindProbe> {
  try {
    return await mind.probe(signal);
  } catch (cause) {
    return { available: false, host: null, models: [], reason: `${mind.name}: ${reasonOf(cause)}` };
  }
}

function identity(chosen: ChosenMind): string {
  const models = chosen.models.map((each) => `${each.model} ${each.bytes} ${each.resting ?? ""}`).join(",");
  return [chosen.mind.name, chosen.host, chosen.reason, models].join("\n");
}
