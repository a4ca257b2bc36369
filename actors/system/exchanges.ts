/**
 * Conversations: every question with its answer is an object that extends its thread, so that a thread is a list of
 * children in the order they came; an exchange is a memory too, and is recalled like any other.
 */
import { v7 as uuidv7 } from "uuid";
import { keys, type Position } from "../../kv/mod.ts";
import { ImageError, NotFoundError } from "../errors.ts";
import type { ObjectContext } from "../object/mod.ts";
import type { Exchange, PastExchange, Replay, Replayable, SentPrompt } from "../orchestrator/mod.ts";
import { create, normalizeName, resolveIn, setSlot, wasForgotten, type World } from "../world/mod.ts";
import type { AnswerDetail } from "./describe_thought.ts";
import { dataOf, promptsOf, readExchange, slotsOf, type StoredExchange } from "./exchange_form.ts";
import { HISTORY_LOOKED_AT, REPLAYS_KEPT_MAX } from "./limits.ts";
import type { MemoryPort } from "./memory_port.ts";
import { threadName, threadOf, type Threads } from "./threads.ts";

export interface ExchangesOptions {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
  readonly threads: Threads;
}

/** What each of those who spoke was given to read, in the order in which they did. */
export interface OpenedPrompts {
  readonly exchange: string;
  readonly prompts: readonly {
    readonly persona_name: string;
    readonly task: string;
    readonly prompt: SentPrompt | null;
  }[];
}

export class Exchanges {
  readonly #options: ExchangesOptions;

  constructor(options: ExchangesOptions) {
    this.#options = options;
  }

  /**
   * Commits one exchange as one thought; nothing is left behind when `signal` aborts before the commit.
   * @throws {ImageError} `made_of_forgotten` when something that it was made of was forgotten meanwhile
   */
  async store(exchange: Exchange, signal: AbortSignal): Promise<{ position: Position }> {
    const { world } = this.#options;
    const memory = await this.#options.memory();
    // An answer that only quotes memory says nothing new: it is kept, and is not a memory of its own.
    const text = exchange.mind === "recall" ? null : `${exchange.query_text}\n${exchange.full_text}`;
    const [vector] = text === null ? [] : await memory.embed([text], signal);
    const oid = uuidv7({ msecs: exchange.at });
    const detail: AnswerDetail = { answer: exchange.answer, exchange: oid };
    const info = {
      who: exchange.persona_name,
      why: `answer: ${exchange.query_text.slice(0, 60)}`,
      kind: "exchange",
      persona: exchange.persona_id,
      model: exchange.model,
      detail,
    };
    const threadOid = uuidv7({ msecs: exchange.at });
    const source = `${exchange.persona_name} in ${threadName(exchange.thread)}`;
    const outcome = await world.thought(info, async (tx) => {
      signal.throwIfAborted();
      if (await wasForgotten(world, tx, exchange.made_of)) throw madeOfForgotten();
      tx.thought.makes(oid);
      const name = normalizeName(threadName(exchange.thread));
      const known = await tx.thought.get<string>(keys.name(name));
      if (known === null) {
        const prototype = await resolveIn(tx, "exchange_prototype");
        await create(tx, { oid: threadOid, at: exchange.at }, { name, parents: [prototype], slots: {} });
      }
      await create(tx, { oid, at: exchange.at }, {
        name: null,
        parents: [known ?? threadOid],
        slots: slotsOf(exchange, text, source),
      });
      if (vector !== undefined) memory.stage(tx.thought, { rows: [{ oid, vector }], removed: [] });
      signal.throwIfAborted();
    });
    return { position: outcome.position };
  }

  /** Keeps a second answer beside the first, as one thought. @throws {NotFoundError} when the exchange is gone */
  async storeReplay({ exchange, ...replay }: Replay, signal: AbortSignal): Promise<{ position: Position }> {
    const detail: AnswerDetail = { answer: replay.answer, exchange };
    const info = {
      who: replay.persona_name,
      why: "answer the same prompt again",
      kind: "exchange",
      persona: replay.persona_id,
      model: replay.model,
      detail,
    };
    const { position } = await this.#options.world.thought(info, async (tx) => {
      signal.throwIfAborted();
      const { slots } = await tx.require(exchange);
      const before = dataOf(slots, "replays");
      const replays = [...Array.isArray(before) ? before : [], replay].slice(-REPLAYS_KEPT_MAX);
      await setSlot(tx, exchange, "replays", replays);
      signal.throwIfAborted();
    });
    return { position };
  }

  /** @throws {NotFoundError}; {ImageError} `prompt_not_kept` */
  async replayable(exchange: string): Promise<Replayable> {
    const context = await this.#context(exchange);
    const prompt = this.#prompts(context).at(-1) ?? null;
    const stored = readExchange(context, await this.#threadOf(context), "");
    if (prompt === null) {
      throw notKept(exchange, stored.mind === "recall" ? "no model was asked" : "it was not kept");
    }
    const { oid, thread, query_text, persona_id, persona_name, memories } = stored;
    return { exchange: oid, thread, query_text, persona_id, persona_name, memories, prompt };
  }

  /** Exactly what models were sent. @throws {NotFoundError}; {ImageError} `prompt_not_kept` */
  async prompts(exchange: string): Promise<OpenedPrompts> {
    const context = await this.#context(exchange);
    const prompts = this.#prompts(context);
    const { oid, persona_name, mind, details: { voices, prompts_left_out } } = readExchange(context, "", "");
    if (prompts.length === 0) {
      throw notKept(
        exchange,
        prompts_left_out ?? (mind === "recall" ? "no model was asked" : "it was not kept"),
      );
    }
    const task = voices.length === 0 ? "answer" : "synthesize";
    const spoke = [...voices, { persona_name, task }];
    return {
      exchange: oid,
      prompts: spoke.map((each, index) => ({
        persona_name: each.persona_name,
        task: each.task,
        prompt: prompts[index] ?? null,
      })),
    };
  }

  /**
   * The last exchanges of a thread that a model had, oldest first. What was only quoted from memory is nobody's turn
   * in a conversation, and is passed over.
   */
  async history(thread: string, limit: number): Promise<PastExchange[]> {
    const spoken: StoredExchange[] = [];
    for await (const exchange of this.#options.threads.latest(thread, limit * HISTORY_LOOKED_AT)) {
      if (exchange.mind === "recall") continue;
      spoken.push(exchange);
      if (spoken.length === limit) break;
    }
    return spoken.reverse();
  }

  /** The last exchanges of a thread, oldest first. */
  async list(thread: string, limit: number): Promise<StoredExchange[]> {
    return (await Array.fromAsync(this.#options.threads.latest(thread, limit))).reverse();
  }

  async #context(exchange: string): Promise<ObjectContext> {
    const context = await this.#options.world.context(exchange);
    if (context.slots.answer_id === undefined) throw new NotFoundError(exchange, "exchange");
    return context;
  }

  async #threadOf({ parents: [parent] }: ObjectContext): Promise<string> {
    const resident = parent === undefined ? null : await this.#options.world.registry.load(parent);
    return threadOf(resident?.context.name ?? null) ?? "";
  }

  /** @throws {ImageError} `prompt_not_kept` */
  #prompts({ oid, slots }: ObjectContext): readonly (SentPrompt | null)[] {
    const read = promptsOf(slots);
    if (!read.ok) throw notKept(oid, read.reason);
    return read.prompts;
  }
}

function madeOfForgotten(): ImageError {
  return new ImageError(
    "made_of_forgotten",
    "The answer is not kept, as something that it may be made of was forgotten meanwhile",
    { hint: "Ask again.", retryable: true },
  );
}

function notKept(exchange: string, why: string): ImageError {
  return new ImageError("prompt_not_kept", `The prompt of this answer cannot be had: ${why}`, {
    hint: "Ask the question again: the prompt of an answer that a model gives is kept.",
    details: { exchange },
  });
}
