/** Remembering and recalling: a text becomes an object and a vector in one thought, and is found by the next recall. */
import { v7 as uuidv7 } from "uuid";
import type { Position } from "../../kv/mod.ts";
import type { LexicalFilter, Reason } from "../../vector/mod.ts";
import { ArgumentError, NotFoundError } from "../errors.ts";
import { isMasked } from "../memory/mod.ts";
import { isTime, type ObjectContext, type Slot } from "../object/mod.ts";
import {
  create,
  type IdempotencyKey,
  type Outcome,
  resolveIn,
  viewObjectAsOf,
  type World,
  type WorldTransaction,
} from "../world/mod.ts";
import type { MemoryCheck, MemoryPort, RankedMemory, RecallChannel } from "./memory_port.ts";

export interface NewMemory {
  readonly text: string;
  /** Where it came from, in words. */
  readonly source?: string | undefined;
  /** The conversation or document that it belongs to. */
  readonly thread?: string | undefined;
  /** When it happened, milliseconds since 1970. */
  readonly at?: number | undefined;
}

export interface RecallHit {
  readonly oid: string;
  readonly text: string;
  /** 0 to 1: the sum of the reasons' points. */
  readonly score: number;
  readonly tier: "L1" | "L2" | "L3";
  readonly source: string | null;
  readonly at: number;
  /** Cosine similarity, -1 to 1; null when it has no vector. */
  readonly cosine: number | null;
  readonly bm25: number | null;
  /** What found it. */
  readonly channels: readonly RecallChannel[];
  /** Why it has its score. */
  readonly reasons: readonly Reason[];
}

export interface RecallOptions {
  readonly asOf?: Position | undefined;
  readonly filter?: LexicalFilter | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface MemoriesOptions {
  readonly world: World;
  /** The running memory; waits for one that is being started. @throws UnavailableError when it does not run */
  readonly memory: () => Promise<MemoryPort>;
  readonly clock: () => number;
}

const data = (value: string | number | null): Slot => ({ kind: "data", value });

/** Where the counting within a millisecond begins: random, and far from the end of its 32 bits. */
const FIRST_SEQUENCES = 2 ** 31;
/** How many hits beyond those asked for are looked at, for those whose object has gone. */
const SPARE_HITS = 8;

export class Memories {
  readonly #options: MemoriesOptions;

  constructor(options: MemoriesOptions) {
    this.#options = options;
  }

  /** All of them in one thought. @returns the oids in the same order */
  async remember(
    memories: readonly NewMemory[],
    info: { readonly who: string; readonly idempotencyKey?: IdempotencyKey | undefined },
  ): Promise<Outcome<string[]>> {
    const { world, clock } = this.#options;
    for (const { text } of memories) {
      if (text.trim() === "") {
        throw new ArgumentError("A memory must have a text", "Write what is to be remembered.");
      }
    }
    const memory = await this.#options.memory();
    const vectors = await memory.embed(memories.map(({ text }) => text));
    const at = clock();
    // Made at one moment, they keep their order.
    const seq = Math.floor(Math.random() * FIRST_SEQUENCES);
    const oids = memories.map((_, place) => uuidv7({ msecs: at, seq: seq + place }));
    const first = memories[0]!.text.replace(/\s+/gu, " ").slice(0, 60);
    const why = memories.length === 1 ? `remember: ${first}` : `remember ${memories.length} memories`;
    return await world.thought({ who: info.who, why, kind: "remember" }, async (tx) => {
      const prototype = await resolveIn(tx, "context_fractal_prototype");
      for (const [index, { text, source, thread, at: when }] of memories.entries()) {
        const slots: Record<string, Slot> = {
          text_chunk: data(text),
          creation_timestamp: data(when ?? at),
          ...(source === undefined ? {} : { source: data(source) }),
          ...(thread === undefined ? {} : { thread: data(thread) }),
        };
        tx.thought.makes(oids[index]!);
        await create(tx, { oid: oids[index]!, at }, { name: null, parents: [prototype], slots });
      }
      memory.stage(tx.thought, {
        rows: oids.map((oid, index) => ({ oid, vector: vectors[index]! })),
        removed: [],
      });
      return oids;
    }, info);
  }

  /** The memories that the query calls to mind by meaning, words and threads, the best first, with the reasons. */
  async recall(query: string, k: number, options: RecallOptions = {}): Promise<RecallHit[]> {
    const memory = await this.#options.memory();
    const now = this.#options.clock();
    const found = await memory.recall({ text: query, k: k + SPARE_HITS, now, ...options });
    const { asOf } = options;
    const told = async (ranked: RankedMemory): Promise<RecallHit | null> => {
      const hit = asOf === undefined ? await this.#now(ranked.oid) : await this.#asOf(ranked.oid, asOf);
      return hit === null ? null : { ...hit, ...ranked };
    };
    const hits: RecallHit[] = [];
    // Those that are wanted together, and spare ones for such as are not there any more.
    for (let from = 0; hits.length < k && from < found.length;) {
      const wanted = found.slice(from, from + k - hits.length);
      hits.push(...(await Promise.all(wanted.map(told))).filter((hit) => hit !== null));
      from += wanted.length;
    }
    return hits;
  }

  /** Starts making working memory, archive and words anew from the store; how far it is stands in health. */
  async startRebuild(): Promise<void> {
    void (await this.#options.memory()).rebuild();
  }

  /** Whether what is derived agrees with the store. @throws {UnavailableError} */
  async check(): Promise<MemoryCheck> {
    return await (await this.#options.memory()).check();
  }

  async #now(oid: string) {
    const resident = await this.#options.world.registry.load(oid);
    if (resident === null || resident.state === "quarantined") return null;
    const { slots, createdAt } = resident.context;
    return shape(oid, (name) => slots[name]?.kind === "data" ? slots[name].value : null, createdAt);
  }

  async #asOf(oid: string, asOf: Position) {
    try {
      const view = await viewObjectAsOf(this.#options.world, oid, asOf);
      return shape(oid, (name) => view.slots[name] ?? null, view.createdAt);
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  }
}

function shape(oid: string, slot: (name: string) => unknown, createdAt: number) {
  const text = slot("text_chunk");
  if (typeof text !== "string") return null;
  const source = slot("source");
  const at = slot("creation_timestamp");
  return {
    oid,
    text,
    source: typeof source === "string" ? source : null,
    at: isTime(at) ? at : createdAt,
  };
}

/**
 * A seal hook that keeps what is found in step with what is said: a text that changed gets a new row in the same
 * thought, one that went loses its row.
 */
export function keepRowsInStep(memory: () => Promise<MemoryPort>): (tx: WorldTransaction) => Promise<void> {
  return async (tx) => {
    const removed: string[] = [];
    const changed: { oid: string; text: string }[] = [];
    for (const { oid, before, snapshot } of tx.drafts.values()) {
      const was = textOf(before);
      const is = textOf(snapshot?.context ?? null);
      if (was === is || (await memory()).stages(tx.thought, oid)) continue;
      if (is === null) removed.push(oid);
      else changed.push({ oid, text: is });
    }
    if (removed.length === 0 && changed.length === 0) return;
    const port = await memory();
    const vectors = changed.length === 0 ? [] : await port.embed(changed.map(({ text }) => text));
    const rows = changed.map(({ oid }, at) => ({ oid, vector: vectors[at]! }));
    port.stage(tx.thought, { rows, removed });
  };
}

/** What is found of an object: its text, or null when it has none or is masked. */
function textOf(context: ObjectContext | null): string | null {
  if (isMasked(context?.slots.masked)) return null;
  const slot = context?.slots.text_chunk;
  return slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "" ? slot.value : null;
}
