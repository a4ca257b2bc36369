/**
 * A mind that bears failures: a request that fails before its first token is tried again, after a wait that grows; a
 * model that goes on failing rests, for a time that grows too, and is not asked meanwhile. What came out of a mind is
 * never asked for twice: a failure in mid-answer is the caller's to mend.
 */
import { type Breaker, type BreakerEvent, closedBreaker, mayAsk, stepBreaker } from "./breaker.ts";
import { MindError, reasonOf } from "./errors.ts";
import { type SteadyBounds, steadyBounds } from "./limits.ts";
import type { GenerateRequest, LoadedModel, Mind, MindModel, MindProbe, MindToken } from "./mind.ts";
import { fullModelName } from "./model_name.ts";
import { systemClock, type WatchdogClock } from "./watchdog.ts";

/** A model that is not to be asked now. */
interface Resting {
  readonly failures: number;
  /** Of the last failure. */
  readonly reason: string;
  /** 0 while it is being tried. */
  readonly forMs: number;
}

export interface SteadyMindOptions {
  readonly bounds?: Partial<SteadyBounds>;
  readonly clock?: WatchdogClock;
  /** In [0, 1); spreads the waits of many who failed together. */
  readonly random?: () => number;
}

export class SteadyMind implements Mind {
  readonly name: Mind["name"];
  readonly cannotFormat: boolean;
  readonly #mind: Mind;
  readonly #bounds: SteadyBounds;
  readonly #clock: WatchdogClock;
  readonly #random: () => number;
  /** By full name; those that never failed are not kept. */
  readonly #breakers = new Map<string, Breaker>();

  constructor(mind: Mind, options: SteadyMindOptions = {}) {
    this.name = mind.name;
    this.cannotFormat = mind.cannotFormat ?? false;
    this.#mind = mind;
    this.#bounds = { ...steadyBounds, ...options.bounds };
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  /** Models that rest say why. */
  async probe(signal?: AbortSignal): Promise<MindProbe> {
    const probe = await this.#mind.probe(signal);
    return { ...probe, models: this.#marked(probe.models) };
  }

  /** Those that rest say why. @throws MindError */
  async models(signal?: AbortSignal): Promise<MindModel[]> {
    return this.#marked(await this.#mind.models(signal));
  }

  loaded(signal?: AbortSignal): Promise<LoadedModel[]> {
    return this.#mind.loaded(signal);
  }

  unload(model: string, signal?: AbortSignal): Promise<void> {
    return this.#mind.unload(model, signal);
  }

  pull(model: string, signal: AbortSignal): ReturnType<Mind["pull"]> {
    return this.#mind.pull(model, signal);
  }

  async close(): Promise<void> {
    await this.#mind.close?.();
  }

  /** @throws MindError: `mind_resting` when the model is not to be asked now; else as the mind does */
  async *generate(request: GenerateRequest): AsyncGenerator<MindToken> {
    const model = fullModelName(request.model);
    const resting = this.#resting(model);
    if (resting !== null) throw mindResting(model, resting);
    this.#step(model, { type: "ASKED", atMs: this.#clock.now() });
    const outcome: { event: BreakerEvent | null } = { event: null };
    try {
      yield* this.#tried(request);
      outcome.event = { type: "SUCCEEDED" };
    } catch (cause) {
      if (isFault(cause, request.signal)) {
        outcome.event = { type: "FAILED", reason: reasonOf(cause), atMs: this.#clock.now() };
      }
      throw cause;
    } finally {
      this.#step(model, outcome.event ?? { type: "LEFT", atMs: this.#clock.now() });
    }
  }

  async *#tried(request: GenerateRequest): AsyncGenerator<MindToken> {
    const { attemptsMax, backOffMs, backOffMaxMs } = this.#bounds;
    for (let attempt = 1;; attempt++) {
      let heard = false;
      try {
        for await (const part of this.#mind.generate(request)) {
          heard = true;
          yield part;
        }
        return;
      } catch (cause) {
        // Who was too slow once has had its time; another try would take as long.
        const mayRetry = isFault(cause, request.signal) && (cause as MindError).code !== "mind_timeout";
        if (heard || !mayRetry || attempt === attemptsMax) throw cause;
        const most = Math.min(backOffMaxMs, backOffMs * 2 ** (attempt - 1));
        await this.#wait(most * (0.5 + this.#random() / 2), request.signal);
      }
    }
  }

  /** @throws the signal's reason when it aborts first */
  #wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#clock.clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = this.#clock.setTimeout(() => {
        signal.removeEventListener("abort", leave);
        resolve();
      }, ms);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #marked(models: readonly MindModel[]): MindModel[] {
    return models.map((each) => {
      const resting = this.#resting(fullModelName(each.model));
      return resting === null ? each : { ...each, resting: inWords(resting) };
    });
  }

  /** Null when it may be asked. */
  #resting(model: string): Resting | null {
    const [breaker, now] = [this.#breakerOf(model), this.#clock.now()];
    if (breaker.state === "closed" || mayAsk(breaker, now)) return null;
    const { failures, reason } = breaker;
    return { failures, reason, forMs: breaker.state === "open" ? Math.ceil(breaker.untilMs - now) : 0 };
  }

  #breakerOf(model: string): Breaker {
    return this.#breakers.get(model) ?? closedBreaker;
  }

  #step(model: string, event: BreakerEvent): void {
    const next = stepBreaker(this.#breakerOf(model), event, this.#bounds);
    this.#breakers.delete(model);
    if (next.failures > 0) this.#breakers.set(model, next);
    // Of too many, the one that failed longest ago is forgotten.
    if (this.#breakers.size > this.#bounds.modelsMax) {
      for (const oldest of this.#breakers.keys()) {
        this.#breakers.delete(oldest);
        break;
      }
    }
  }
}

function mindResting(model: string, resting: Resting): MindError {
  const when = resting.forMs > 0 ? `; it may be asked again in ${Math.ceil(resting.forMs / 1000)} s` : "";
  return new MindError("mind_resting", `Cannot ask "${model}" now, as ${inWords(resting)}${when}`, {
    hint: "Wait, or give the persona another model. The server's own log may say what is wrong.",
    retryable: true,
    details: { model, ...resting },
  });
}

/** Without the time that is left: what is shown changes only with what happens. */
function inWords({ failures, reason }: Resting): string {
  return failures === 1
    ? `it rests after a failure: ${reason}`
    : `it rests after ${failures} failures in a row, the last: ${reason}`;
}

/** A failure that says something about the model or its server, and not about the question or the person. */
function isFault(cause: unknown, signal: AbortSignal): boolean {
  return cause instanceof MindError && cause.retryable && !signal.aborted;
}
