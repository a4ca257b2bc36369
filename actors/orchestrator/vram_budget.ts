/**
 * Keeps what is loaded within the budget. Before a model is used, the server's own list is read, others are
 * unloaded until it fits, and the list confirms it. A model that an answer is using is never unloaded: the next
 * one waits, for a bounded time. Models that other programs loaded are seen and counted. What a model takes is
 * what the server showed; until then what is declared, or its file with a margin.
 */
import { fullModelName, type LoadedModel, type Mind } from "../minds/mod.ts";
import { OrchestratorError } from "./errors.ts";
import { LearnedSizes } from "./learned_sizes.ts";
import { unsettledMs as unsettledMsDefault } from "./limits.ts";
import { Places } from "./places.ts";

export interface RoomRequest {
  readonly mind: Mind;
  readonly model: string;
  /** What the persona declares; used until the server has shown the truth. */
  readonly declaredBytes: number;
  /** Its file, which it cannot be smaller than when loaded. */
  readonly fileBytes: number;
  /** What it is to read and write at once, when the request says so; more takes more memory. */
  readonly contextTokens?: number | undefined;
  readonly budgetBytes: number;
  /** Full names of the models that a persona wants to keep; they go last. */
  readonly keep: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export interface Room {
  /** What was unloaded to make it. */
  readonly unloaded: readonly string[];
  release(): void;
}

export interface VramBudgetOptions {
  readonly roomMs: number;
  readonly unsettledMs?: number;
}

/** A model that is promised: answers hold it, or one was cut short and the server may be loading it nevertheless. */
interface Promised {
  bytes: number;
  count: number;
  /** When nobody holds it: until when it is counted, by `performance.now()`. */
  untilMs: number;
}

export class VramBudget {
  readonly #roomMs: number;
  readonly #unsettledMs: number;
  readonly #turn = new Places(1);
  readonly #promised = new Map<string, Promised>();
  readonly #sizes = new LearnedSizes();
  readonly #waiting = new Set<() => void>();
  #usedBytes = 0;
  #releases = 0;

  constructor(options: VramBudgetOptions) {
    this.#roomMs = options.roomMs;
    this.#unsettledMs = options.unsettledMs ?? unsettledMsDefault;
  }

  /** What the server's list showed last. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What a model takes when loaded, as the server has shown it, or what its file makes likely. */
  costOf(model: string, fileBytes: number, declaredBytes = 0): number {
    return this.#sizes.costOf({ model, declaredBytes, fileBytes });
  }

  /** Reads the list. @throws MindError */
  async look(mind: Mind, signal?: AbortSignal): Promise<LoadedModel[]> {
    const loaded = await mind.loaded(signal);
    for (const each of loaded) {
      this.#sizes.learn(each);
      const name = fullModelName(each.model);
      // What is on the list is counted there.
      if (this.#promised.get(name)?.count === 0) this.#promised.delete(name);
    }
    this.#usedBytes = sum(loaded.map((each) => each.bytes));
    return loaded;
  }

  /**
   * Makes room and holds it until `release()`.
   * @throws OrchestratorError `vram_refused`; MindError when the server fails; the signal's reason
   */
  async acquire(request: RoomRequest): Promise<Room> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#roomMs);
    const signal = AbortSignal.any([request.signal, limit.signal]);
    try {
      for (;;) {
        const releases = this.#releases;
        const room = await this.#tryOnce({ ...request, signal });
        if (room !== null) return room;
        if (releases === this.#releases) await this.#nextRelease(signal);
      }
    } catch (cause) {
      if (request.signal.aborted || !limit.signal.aborted) throw cause;
      throw this.#refused(request, `others did not free it within ${this.#roomMs} ms`, true);
    } finally {
      clearTimeout(timer);
    }
  }

  async #tryOnce(request: RoomRequest): Promise<Room | null> {
    const leave = await this.#turn.take(request.signal);
    try {
      const name = fullModelName(request.model);
      const unloaded: string[] = [];
      for (;;) {
        const loaded = await this.look(request.mind, request.signal);
        const cost = this.#sizes.costOf(request);
        if (cost > request.budgetBytes) {
          throw this.#refused(request, `it takes ${cost} bytes`, false);
        }
        const others = loaded.filter((each) => fullModelName(each.model) !== name);
        if (
          cost + sum(others.map((each) => each.bytes)) + this.#missing(name, loaded) <= request.budgetBytes
        ) {
          request.signal.throwIfAborted();
          return this.#hold(request, name, cost, unloaded);
        }
        const victim = this.#victim(others, request.keep);
        if (victim === null) return null;
        await request.mind.unload(victim.model, request.signal);
        unloaded.push(victim.model);
      }
    } finally {
      leave();
    }
  }

  /** The bytes of models that are promised and not on the list yet: they are about to be. */
  #missing(name: string, loaded: readonly LoadedModel[]): number {
    const present = new Set(loaded.map((each) => fullModelName(each.model)));
    const now = performance.now();
    for (const [each, { count, untilMs }] of this.#promised) {
      if (count === 0 && untilMs <= now) this.#promised.delete(each);
    }
    const missing = [...this.#promised].filter(([each]) => each !== name && !present.has(each));
    return sum(missing.map(([, each]) => each.bytes));
  }

  /** Not in use; those that nobody wants to keep first, then the largest, so that few must go. */
  #victim(others: readonly LoadedModel[], keep: ReadonlySet<string>): LoadedModel | null {
    const free = others.filter((each) => !this.#isHeld(each.model));
    const kept = (each: LoadedModel) => keep.has(fullModelName(each.model)) ? 1 : 0;
    return free.toSorted((one, other) => kept(one) - kept(other) || other.bytes - one.bytes)[0] ?? null;
  }

  #isHeld(model: string): boolean {
    return (this.#promised.get(fullModelName(model))?.count ?? 0) > 0;
  }

  #hold(request: RoomRequest, name: string, bytes: number, unloaded: readonly string[]): Room {
    const promised = this.#promised.get(name) ?? { count: 0, bytes, untilMs: 0 };
    promised.count++;
    promised.bytes = Math.max(promised.bytes, bytes);
    this.#promised.set(name, promised);
    let held = true;
    return {
      unloaded,
      release: () => {
        if (!held) return;
        held = false;
        promised.count--;
        // A server may go on loading for a request that is cut short: until its list shows the model, it is counted.
        if (request.signal.aborted) promised.untilMs = performance.now() + this.#unsettledMs;
        if (promised.count === 0 && promised.untilMs === 0) this.#promised.delete(name);
        this.#releases++;
        for (const wake of [...this.#waiting]) wake();
      },
    };
  }

  /**
   * Resolves at the next release, or when a model that nobody holds is no longer counted; also when the signal aborts,
   * upon which the next step throws its reason.
   */
  #nextRelease(signal: AbortSignal): Promise<void> {
    const loose = [...this.#promised.values()].filter(({ count }) => count === 0);
    const waitMs = Math.min(...loose.map(({ untilMs }) => untilMs - performance.now()));
    return new Promise((resolve) => {
      const timer = Number.isFinite(waitMs) ? setTimeout(() => wake(), Math.max(1, waitMs)) : undefined;
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  #refused(request: RoomRequest, why: string, retryable: boolean): OrchestratorError {
    return new OrchestratorError(
      "vram_refused",
      `Cannot load "${request.model}" within the budget of ${request.budgetBytes} bytes: ${why}`,
      {
        hint: 'Give the persona a smaller model, or raise vramBudgetBytes on the object "orchestrator".',
        retryable,
        details: { model: request.model, budgetBytes: request.budgetBytes, usedBytes: this.#usedBytes },
      },
    );
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
