/**
 * Conversations: every question with its answer is an object that extends its thread, so that a thread is a list of
 * children in the order they came; an exchange is a memory too, and is recalled like any other.
 */
import { v7 as uuidv7 } from "uuid";
import { keys, type Position } from "../../kv/mod.ts";
import type { Exchange, PastExchange } from "../orchestrator/mod.ts";
import type { Json, ObjectContext, Slot } from "../object/mod.ts";
import { create, normalizeName, resolveIn, type World } from "../world/mod.ts";
import type { AnswerDetail } from "./describe_thought.ts";
import { HISTORY_LOOKED_AT } from "./limits.ts";
import type { RecallHit } from "./memories.ts";
import type { MemoryPort } from "./memory_port.ts";

export interface StoredExchange {
  readonly oid: string;
  readonly answer: string;
  readonly thread: string;
  readonly query_text: string;
  readonly full_text: string;
  readonly persona_id: string;
  readonly persona_name: string;
  readonly mind: string;
  readonly at: number;
  readonly position: string;
  readonly memories: RecallHit[];
}

export interface ExchangesOptions {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
}

const THREAD = "conversation ";
const threadName = (thread: string) => `${THREAD}${thread}`;

/** The thread that an object with this name stands for. */
export function threadOf(name: string | null): string {
  return name?.startsWith(THREAD) ? name.slice(THREAD.length) : name ?? "";
}

export class Exchanges {
  readonly #options: ExchangesOptions;

  constructor(options: ExchangesOptions) {
    this.#options = options;
  }

  /** @throws {NameError} for a thread that no object can stand for, before anything is asked in it */
  checkThread(thread: string): void {
    normalizeName(threadName(thread));
  }

  /** Commits one exchange as one thought; nothing is left behind when `signal` aborts before the commit. */
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
    const outcome = await world.thought(info, async (tx) => {
      signal.throwIfAborted();
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
        slots: slotsOf(exchange, text),
      });
      if (vector !== undefined) memory.stage(tx.thought, { rows: [{ oid, vector }], removed: [] });
      signal.throwIfAborted();
    });
    return { position: outcome.position };
  }

  /**
   * The last exchanges of a thread that a model had, oldest first. What was only quoted from memory is nobody's turn
   * in a conversation, and is passed over.
   */
  async history(thread: string, limit: number): Promise<PastExchange[]> {
    const spoken: StoredExchange[] = [];
    for await (const exchange of this.#latest(thread, limit * HISTORY_LOOKED_AT)) {
      if (exchange.mind === "recall") continue;
      spoken.push(exchange);
      if (spoken.length === limit) break;
    }
    return spoken.reverse();
  }

  /** The last exchanges of a thread, oldest first. */
  async list(thread: string, limit: number): Promise<StoredExchange[]> {
    return (await Array.fromAsync(this.#latest(thread, limit))).reverse();
  }

  /** The latest first; at most `limit` are read. */
  async *#latest(thread: string, limit: number): AsyncGenerator<StoredExchange> {
    const { world } = this.#options;
    const parent = await world.find(threadName(thread));
    if (parent === null) return;
    for await (const { key } of world.store.list(keys.children(parent), { limit, reverse: true })) {
      const oid = key.at(-1) as string;
      const resident = await world.registry.load(oid);
      if (resident === null || resident.state === "quarantined") continue;
      yield readExchange(resident.context, thread, (await world.positionOf(oid)) ?? "");
    }
  }
}

function slotsOf(exchange: Exchange, text: string | null): Record<string, Slot> {
  const data = (value: Json): Slot => ({ kind: "data", value });
  return {
    text_chunk: data(text ?? ""),
    creation_timestamp: data(exchange.at),
    source: data(`${exchange.persona_name} in ${threadName(exchange.thread)}`),
    question: data(exchange.query_text),
    answer: data(exchange.full_text),
    answer_id: data(exchange.answer),
    persona: { kind: "reference", oid: exchange.persona_id },
    persona_name: data(exchange.persona_name),
    mind: data(exchange.mind),
    model: data(exchange.model),
    reason: data(exchange.reason),
    memories: data(exchange.memories.map((hit) => ({ ...hit }))),
  };
}

/** An exchange as its object holds it. */
export function readExchange(
  { oid, slots }: ObjectContext,
  thread: string,
  position: string,
): StoredExchange {
  const text = (name: string): string => {
    const slot = slots[name];
    if (slot?.kind === "reference") return slot.oid;
    return slot?.kind === "data" && typeof slot.value === "string" ? slot.value : "";
  };
  const at = slots.creation_timestamp;
  const memories = slots.memories;
  return {
    oid,
    answer: text("answer_id"),
    thread,
    query_text: text("question"),
    full_text: text("answer"),
    persona_id: text("persona"),
    persona_name: text("persona_name"),
    mind: text("mind"),
    at: at?.kind === "data" && typeof at.value === "number" ? at.value : 0,
    position,
    memories: memories?.kind === "data" ? memories.value as unknown as RecallHit[] : [],
  };
}
