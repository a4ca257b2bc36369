/**
 * The one ordered stream of what happens: committed thoughts by position, then what is live. A reader that comes
 * back says where it was, gets what it missed from the log, and goes on live, with no gap and nothing twice.
 */
import {
  type CommittedThought,
  isPosition,
  type LogEntry,
  parsePosition,
  type Position,
  startOfEpoch,
} from "../../kv/mod.ts";
import type { World } from "../world/mod.ts";
import { type AnswerDetail, describeThought, isToldWhole, type StreamedThought } from "./describe_thought.ts";
import { CATCH_UP_EVENTS_MAX, CATCH_UP_PAGE, STREAM_MESSAGES_HELD_MAX } from "./limits.ts";

/** A live event: it has a `command`, and no position. */
export interface LiveEvent {
  readonly command: string;
  readonly [field: string]: unknown;
}

export interface StreamMessage {
  readonly id?: Position;
  readonly event: StreamedThought | LiveEvent;
}

export interface StreamOptions {
  readonly after?: Position;
  readonly signal: AbortSignal;
  readonly onOpen?: () => void;
}

class Subscription {
  readonly #held: StreamMessage[] = [];
  #wake: (() => void) | null = null;
  #lost = false;

  push(message: StreamMessage): void {
    if (this.#held.length >= STREAM_MESSAGES_HELD_MAX) this.lose();
    else {
      this.#held.push(message);
      this.wake();
    }
  }

  /** Something cannot be told any more: the reader must load anew. */
  lose(): void {
    this.#lost = true;
    this.#held.length = 0;
    this.wake();
  }

  /** Whether something was lost since it was last asked. */
  takeLost(): boolean {
    const lost = this.#lost;
    this.#lost = false;
    return lost;
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  shift(): StreamMessage | undefined {
    return this.#held.shift();
  }

  wait(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }
}

export interface PublisherOptions {
  readonly world: World;
  /** What a newcomer must know of what is under way: running answers, the state of the system. */
  readonly snapshots: () => readonly LiveEvent[];
  /** Called with the answer's id in the very moment in which its completion is handed out. */
  readonly onAnswer: (answer: string) => void;
  /** Hears why a thought could not be described; readers are told to load anew then. */
  readonly onError: (error: unknown) => void;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #unsubscribe: () => void;
  #described: Promise<void> = Promise.resolve();
  /** Thoughts that wait to be described. */
  #waiting = 0;
  #closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#unsubscribe = options.world.store.onCommitted((thoughts) => this.#committed(thoughts));
  }

  /** Sends a live event to everybody who listens now. */
  live(event: LiveEvent): void {
    for (const subscription of this.#subscriptions) subscription.push({ event });
  }

  /** Resolves when every thought committed so far has been handed to the readers. */
  settled(): Promise<void> {
    return this.#described;
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    for (const subscription of this.#subscriptions) subscription.wake();
    this.#subscriptions.clear();
  }

  async *stream(options: StreamOptions): AsyncIterable<StreamMessage> {
    const { signal } = options;
    const subscription = new Subscription();
    const wake = () => subscription.wake();
    const over = () => signal.aborted || this.#closed;
    this.#subscriptions.add(subscription);
    signal.addEventListener("abort", wake, { once: true });
    const joined = this.#options.world.store.position;
    options.onOpen?.();
    try {
      if (options.after !== undefined) yield* this.#catchUp(options.after, joined, over);
      yield* this.#underWay();
      for (let last = joined; !over();) {
        if (subscription.takeLost()) {
          last = this.#options.world.store.position;
          yield { event: { command: "RESYNC", position: last } };
          yield* this.#underWay();
          continue;
        }
        const message = subscription.shift();
        if (message === undefined) await subscription.wait();
        else if (message.id === undefined) {
          yield message;
          if (message.event.command === "RESYNC") yield* this.#underWay();
        } else if (message.id > last) {
          last = message.id;
          yield message;
        }
      }
    } catch (error) {
      // The store went away under a reader that was still catching up: it comes back when there is one again.
      if (!over()) throw error;
    } finally {
      signal.removeEventListener("abort", wake);
      this.#subscriptions.delete(subscription);
    }
  }

  /** The committed thoughts after `after` up to `joined`, or RESYNC when they cannot be told one by one. */
  async *#catchUp(after: Position, joined: Position, over: () => boolean): AsyncIterable<StreamMessage> {
    const missed = await this.#missed(after, joined);
    if (missed === null) yield { event: { command: "RESYNC", position: joined } };
    for (const entry of missed ?? []) {
      if (over()) return;
      yield { id: entry.position, event: await describeThought(this.#options.world, entry) };
      if (!isToldWhole(entry)) yield { event: { command: "RESYNC", position: entry.position } };
    }
  }

  /** What is under way now. An answer whose completion is committed already is not: its reader has that. */
  async *#underWay(): AsyncIterable<StreamMessage> {
    await this.#described;
    for (const event of this.#options.snapshots()) yield { event };
  }

  async #missed(after: Position, joined: Position): Promise<LogEntry[] | null> {
    const { store } = this.#options.world;
    if (after === joined) return [];
    if (!isPosition(after) || after > joined) return null;
    const { epoch } = parsePosition(joined);
    if (parsePosition(after).epoch !== epoch) return null;
    if (after !== startOfEpoch(epoch) && (await store.logEntry(after, { images: false })) === null) {
      return null;
    }
    const missed: LogEntry[] = [];
    for (let from = after; from < joined;) {
      // Objects are described as they are now: what they were is not read.
      const page = await store.log({ after: from, limit: CATCH_UP_PAGE, images: false });
      for (const entry of page) if (entry.position <= joined) missed.push(entry);
      if (missed.length > CATCH_UP_EVENTS_MAX) return null;
      if (page.length < CATCH_UP_PAGE) break;
      from = page.at(-1)!.position;
    }
    return missed;
  }

  /** Describing reads objects and takes time; the order of commits is kept by doing one after the other. */
  #committed(thoughts: readonly CommittedThought[]): void {
    const isHeard = this.#subscriptions.size > 0 || thoughts.some(({ kind }) => kind === "exchange");
    if (!isHeard && this.#waiting === 0) return;
    this.#waiting += thoughts.length;
    this.#described = this.#described.then(() => this.#tell(thoughts));
  }

  async #tell(thoughts: readonly CommittedThought[]): Promise<void> {
    for (const thought of thoughts) {
      const event = await this.#describe(thought);
      this.#waiting--;
      if (thought.kind === "exchange") this.#options.onAnswer((thought.detail as AnswerDetail).answer);
      if (event === null) continue;
      for (const subscription of this.#subscriptions) {
        subscription.push({ id: thought.position, event });
        if (isToldWhole(thought)) continue;
        subscription.push({ event: { command: "RESYNC", position: thought.position } });
      }
    }
  }

  /** Null when nobody listens, or the readers were told to load anew instead. */
  async #describe(thought: CommittedThought): Promise<StreamedThought | null> {
    if (this.#subscriptions.size === 0) return null;
    try {
      if (this.#waiting <= STREAM_MESSAGES_HELD_MAX) {
        return await describeThought(this.#options.world, thought);
      }
    } catch (error) {
      this.#options.onError(error);
    }
    for (const subscription of this.#subscriptions) subscription.lose();
    return null;
  }
}
