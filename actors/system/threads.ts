/**
 * Threads: an object each, whose children are its exchanges in the order in which they came. One that was branched
 * goes on from a turn of another: it refers to that thread and to that turn, and shows what was said up to it as its
 * own beginning.
 */
import { v7 as uuidv7 } from "uuid";
import { keys } from "../../kv/mod.ts";
import { ImageError, NotFoundError } from "../errors.ts";
import type { ObjectContext } from "../object/mod.ts";
import {
  create,
  isOid,
  normalizeName,
  type Outcome,
  rename,
  resolveIn,
  type World,
  type WorldTransaction,
} from "../world/mod.ts";
import { readExchange, type StoredExchange } from "./exchange_form.ts";
import { BRANCH_DEPTH_MAX, THREADS_MAX, TURNS_COUNTED_MAX } from "./limits.ts";
import type { Request } from "./operations.ts";

const THREAD = "conversation ";

/** The name of the object that a thread is. */
export const threadName = (thread: string) => `${THREAD}${thread}`;

/** As `threadName`, of a name that is given anew. @throws {NameError} for one by which no thread could be asked for */
const givenThreadName = (thread: string) => threadName(normalizeName(thread));

/** The thread that an object with this name stands for; null when it is no thread. */
export function threadOf(name: string | null): string | null {
  return name?.startsWith(THREAD) ? name.slice(THREAD.length) : null;
}

/** The shape that `ui/protocol/conversation.ts` calls ThreadView. */
export interface ThreadView {
  readonly oid: string;
  readonly thread: string;
  readonly created_at: number;
  /** Its own turns, not those of the thread it goes on from; at most `TURNS_COUNTED_MAX` are counted. */
  readonly turns: number;
  readonly last: { readonly at: number; readonly query_text: string } | null;
  readonly branch: Branch | null;
}

export interface Branch {
  /** Null when that thread is gone. */
  readonly thread: string | null;
  /** The turn after which it goes its own way; null when that was forgotten. */
  readonly exchange: string | null;
}

/** A thread's own part of a conversation, or the part of another that it goes on from. */
interface Stretch {
  readonly oid: string;
  readonly thread: string;
  /** The last turn of it that counts; null for all. */
  readonly until: string | null;
}

export class Threads {
  readonly #world: World;
  readonly #clock: () => number;

  constructor(options: { readonly world: World; readonly clock: () => number }) {
    this.#world = options.world;
    this.#clock = options.clock;
  }

  /** Those in which something was said last come first. `more` when there are more than are listed. */
  async list(): Promise<{ threads: ThreadView[]; more: boolean }> {
    const world = this.#world;
    const prototype = await world.find("exchange_prototype");
    if (prototype === null) return { threads: [], more: false };
    const threads: ThreadView[] = [];
    const children = world.store.list(keys.children(prototype), { limit: THREADS_MAX + 1, reverse: true });
    let listed = 0;
    for await (const { key } of children) {
      if (++listed > THREADS_MAX) break;
      const context = await this.#read(key.at(-1) as string);
      const thread = threadOf(context?.name ?? null);
      if (context !== null && thread !== null) threads.push(await this.#view(context, thread));
    }
    const time = ({ last, created_at }: ThreadView) => last?.at ?? created_at;
    return { threads: threads.sort((one, other) => time(other) - time(one)), more: listed > THREADS_MAX };
  }

  /** Null when there is no such thread. */
  async view(thread: string): Promise<ThreadView | null> {
    const oid = await this.#world.find(threadName(thread));
    const context = oid === null ? null : await this.#read(oid);
    return context === null ? null : await this.#view(context, thread);
  }

  /** The name of a thread that was given by name or oid. @throws {NameError} for one that no object can stand for */
  async nameOf(given: string): Promise<string> {
    if (!isOid(given)) return threadOf(normalizeName(threadName(given)))!;
    const thread = threadOf((await this.#read(given))?.name ?? null);
    if (thread === null) throw new NotFoundError(given, "thread");
    return thread;
  }

  /** A new thread that goes on after an exchange. @throws {NotFoundError}, {NameError} */
  async branch(
    { exchange, name }: { readonly exchange: string; readonly name?: string | undefined },
    { who, idempotencyKey }: Request,
  ): Promise<Outcome<{ thread: string; oid: string }>> {
    const at = this.#clock();
    const oid = uuidv7({ msecs: at });
    const info = {
      who,
      why: `branch a conversation${name === undefined ? "" : ` as ${name}`}`,
      kind: "change",
    };
    return await this.#world.thought(info, async (tx) => {
      const { oid: turn, parents: [from] } = await tx.require(await resolveIn(tx, exchange));
      const parent = from === undefined ? null : await tx.read(from);
      const source = threadOf(parent?.name ?? null);
      if (parent === null || source === null) throw new NotFoundError(exchange, "exchange");
      await create(tx, { oid, at }, {
        name: name === undefined ? threadName(source) : givenThreadName(name),
        numbered: name === undefined,
        parents: [await resolveIn(tx, "exchange_prototype")],
        slots: {
          branched_from: { kind: "reference", oid: parent.oid },
          branched_at: { kind: "reference", oid: turn },
        },
      });
      return { oid, thread: threadOf(tx.contextOf(oid)?.name ?? null)! };
    }, { idempotencyKey });
  }

  /** @throws {NotFoundError}, {NameError} */
  async rename(
    thread: string,
    to: string,
    { who, idempotencyKey }: Request,
  ): Promise<Outcome<{ thread: string; oid: string }>> {
    const info = { who, why: `rename the conversation ${thread} to ${to}`, kind: "change" };
    return await this.#world.thought(info, async (tx) => {
      const oid = await requireThread(tx, thread);
      await rename(tx, oid, givenThreadName(to));
      return { oid, thread: threadOf(tx.contextOf(oid)?.name ?? null)! };
    }, { idempotencyKey });
  }

  /** The turns of a thread, those before its branching included, the latest first; at most `limit` are read. */
  async *latest(thread: string, limit: number): AsyncGenerator<StoredExchange> {
    const world = this.#world;
    let left = limit;
    for await (const { oid, thread: named, until } of this.#stretches(thread)) {
      for await (const turn of this.#turns(oid, until, left)) {
        left--;
        const context = await this.#read(turn);
        if (context === null) continue;
        yield readExchange(context, named, (await world.positionOf(turn)) ?? "");
      }
      if (left === 0) return;
    }
  }

  /** @throws {ImageError} `thread_too_deep` */
  async *#stretches(thread: string): AsyncGenerator<Stretch> {
    let oid = isOid(thread) ? thread : await this.#world.find(threadName(thread));
    let until: string | null = null;
    for (let depth = 0; oid !== null; depth++) {
      if (depth > BRANCH_DEPTH_MAX) throw tooDeep(thread);
      const context: ObjectContext | null = await this.#read(oid);
      const name = threadOf(context?.name ?? null);
      if (context === null || name === null) return;
      yield { oid, thread: name, until };
      const { branched_from: from, branched_at: at } = context.slots;
      // Where the turn was forgotten nobody knows any more what came before it.
      if (from?.kind !== "reference" || at?.kind !== "reference") return;
      oid = from.oid;
      until = at.oid;
    }
  }

  /** Oids of a thread's own turns, the latest first; oids are in the order of time. */
  async *#turns(parent: string, until: string | null, limit: number): AsyncGenerator<string> {
    const { store } = this.#world;
    let left = limit;
    if (until !== null && left > 0 && (await store.get(keys.child(parent, until))) !== null) {
      left--;
      yield until;
    }
    if (left === 0) return;
    const start = until === null ? {} : { start: keys.child(parent, until) };
    for await (const { key } of store.list(keys.children(parent), { limit: left, reverse: true, ...start })) {
      yield key.at(-1) as string;
    }
  }

  async #view(context: ObjectContext, thread: string): Promise<ThreadView> {
    let turns = 0;
    let last: ThreadView["last"] = null;
    for await (const turn of this.#turns(context.oid, null, TURNS_COUNTED_MAX)) {
      turns++;
      if (last !== null) continue;
      const said = await this.#read(turn);
      if (said === null) continue;
      const { at, query_text } = readExchange(said, thread, "");
      last = { at, query_text };
    }
    return {
      oid: context.oid,
      thread,
      created_at: context.createdAt,
      turns,
      last,
      branch: await this.#branchOf(context),
    };
  }

  async #branchOf({ slots }: ObjectContext): Promise<Branch | null> {
    const { branched_from: from, branched_at: at } = slots;
    if (from?.kind !== "reference") return null;
    const parent = await this.#read(from.oid);
    return {
      thread: threadOf(parent?.name ?? null),
      exchange: at?.kind === "reference" ? at.oid : null,
    };
  }

  /** Null for what is not there, or cannot be read. */
  async #read(oid: string): Promise<ObjectContext | null> {
    const resident = await this.#world.registry.load(oid);
    return resident === null || resident.state === "quarantined" ? null : resident.context;
  }
}

/** Inside a thought. @throws {NotFoundError} */
async function requireThread(tx: WorldTransaction, thread: string): Promise<string> {
  const oid = await resolveIn(tx, isOid(thread) ? thread : threadName(thread)).catch((error) => {
    throw error instanceof NotFoundError ? new NotFoundError(thread, "thread") : error;
  });
  if (threadOf(tx.contextOf(oid)?.name ?? null) === null) throw new NotFoundError(thread, "thread");
  return oid;
}

function tooDeep(thread: string): ImageError {
  return new ImageError(
    "thread_too_deep",
    `Cannot read the conversation "${thread}" as branches of branches must be <= ${BRANCH_DEPTH_MAX} deep`,
    { hint: "Branch from a turn nearer to the beginning.", details: { thread, BRANCH_DEPTH_MAX } },
  );
}
