/**
 * Keeps what is loaded within the budget. Before a model is used, the server's own list is read, others are
 * unloaded until it fits, and the list confirms it. A model that an answer is using is never unloaded: the next
 * one waits, for a bounded time. Models that other programs loaded are seen and counted.
 */
import { fullModelName, type LoadedModel, type Mind } from "../minds/mod.ts";
import { OrchestratorError } from "./errors.ts";
import { Places } from "./places.ts";

export interface RoomRequest {
  readonly mind: Mind;
  readonly model: string;
  /** What the persona declares; used until the server has shown the truth. */
  readonly declaredBytes: number;
  /** Its file, which it cannot be smaller than when loaded. */
  readonly fileBytes: number;
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

export class VramBudget {
  readonly #roomMs: number;
  readonly #turn = new Places(1);
  readonly #users = new Map<string, { count: number; readonly bytes: number }>();
  readonly #learnedBytes = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #usedBytes = 0;
  #releases = 0;

  constructor(options: { readonly roomMs: number }) {
    this.#roomMs = options.roomMs;
  }

  /** What the server's list showed last. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What a model takes when loaded, as the server has shown it, or `otherwise`. */
  costOf(model: string, otherwise: number): number {
    return this.#learnedBytes.get(fullModelName(model)) ?? otherwise;
  }

  /** Reads the list. @throws MindError */
  async look(mind: Mind, signal?: AbortSignal): Promise<LoadedModel[]> {
    const loaded = await mind.loaded(signal);
    for (const each of loaded) this.#learnedBytes.set(fullModelName(each.model), each.bytes);
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
        const cost = this.costOf(name, Math.max(request.declaredBytes, request.fileBytes));
        if (cost > request.budgetBytes) {
          throw this.#refused(request, `it takes ${cost} bytes`, false);
        }
        const others = loaded.filter((each) => fullModelName(each.model) !== name);
        if (
          cost + sum(others.map((each) => each.bytes)) + this.#promised(name, loaded) <= request.budgetBytes
        ) {
          request.signal.throwIfAborted();
          return this.#hold(name, cost, unloaded);
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

  /** Models that answers hold and that are not on the list yet: they are about to be. */
  #promised(name: string, loaded: readonly LoadedModel[]): number {
    const present = new Set(loaded.map((each) => fullModelName(each.model)));
    const missing = [...this.#users].filter(([each]) => each !== name && !present.has(each));
    return sum(missing.map(([, user]) => user.bytes));
  }

  /** Not in use; those that nobody wants to keep first, then the largest, so that few must go. */
  #victim(others: readonly LoadedModel[], keep: ReadonlySet<string>): LoadedModel | null {
    const free = others.filter((each) => !this.#users.has(fullModelName(each.model)));
    const kept = (each: LoadedModel) => keep.has(fullModelName(each.model)) ? 1 : 0;
    return free.toSorted((one, other) => kept(one) - kept(other) || other.bytes - one.bytes)[0] ?? null;
  }

  #hold(name: string, bytes: number, unloaded: readonly string[]): Room {
    const user = this.#users.get(name) ?? { count: 0, bytes };
    user.count++;
    this.#users.set(name, user);
    let held = true;
    return {
      unloaded,
      release: () => {
        if (!held) return;
        held = false;
        user.count--;
        if (user.count === 0) this.#users.delete(name);
        this.#releases++;
        for (const wake of [...this.#waiting]) wake();
      },
    };
  }

  /** Resolves at the next release; also when the signal aborts, upon which the next step throws its reason. */
  #nextRelease(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
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
