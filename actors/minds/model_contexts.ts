/** How much context each model of a server can take at most, asked once for each of its digests. */
import { MindError } from "./errors.ts";
import type { MindModel } from "./mind.ts";
import { contextsKnownMax, showsAtOnceMax } from "./limits.ts";

/** Asks the server: tokens, or null where it does not say. @throws MindError when it cannot be asked now */
export type AskContext = (model: string) => Promise<number | null>;

export class ModelContexts {
  readonly #ask: AskContext;
  readonly #known = new Map<string, number | null>();

  constructor(ask: AskContext) {
    this.#ask = ask;
  }

  /** The same models with what they can read and write at once, where the server tells. */
  async addTo(models: readonly MindModel[]): Promise<MindModel[]> {
    const unknown = models.filter((each) => !each.embedsOnly && !this.#known.has(keyOf(each)));
    for (let from = 0; from < unknown.length; from += showsAtOnceMax) {
      const some = unknown.slice(from, from + showsAtOnceMax);
      const learnt = await Promise.all(some.map((each) => this.#learn(each)));
      // A server that does not answer now is not waited for once more in the same look.
      if (learnt.includes(false)) break;
    }
    return models.map((each) => {
      const tokens = this.#known.get(keyOf(each)) ?? null;
      return tokens === null ? each : { ...each, contextTokens: tokens };
    });
  }

  /** @returns whether the server answered, be it that it does not know */
  async #learn(model: MindModel): Promise<boolean> {
    let tokens: number | null = null;
    try {
      tokens = await this.#ask(model.model);
    } catch (error) {
      // Installed it is all the same, and the usual bound holds until a look gets an answer, if it can.
      if (!(error instanceof MindError)) throw error;
      if (error.retryable) return false;
    }
    if (this.#known.size >= contextsKnownMax) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(keyOf(model), tokens);
    return true;
  }
}

function keyOf({ model, digest = "" }: MindModel): string {
  return `${model} ${digest}`;
}
