/**
 * The one ordered stream of what happens: committed thoughts by position, then what is live. A reader that comes
 * back says where it was, gets what it missed from the log, and goes on live, with no gap and nothing twice.
 */
import type { CommittedThought, LogEntry, Position } from "../../kv/mod.ts";
import type { World } from "../world/mod.ts";
import { type AnswerDetail, describeThought, type StreamedThought } from "./describe_thought.ts";
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
  overflowed = false;

  push(message: StreamMessage): void {
    if (this.#held.length >= STREAM_MESSAGES_HELD_MAX) {
      this.overflowed = true;
      this.#held.length = 0;
    }
    this.#held.push(message);
    this.wake();
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

export class Publisher {
  readonly #world: World;
  readonly #snapshots: () => readonly LiveEvent[];
  readonly #onAnswer: (answer: string) => void;
  readonly #subscriptions = new Set<Subscription>();
  readonly #unsubscribe: () => void;
  #described: Promise<void> = Promise.resolve();

  /** `snapshots` gives what a newcomer must know of what is under way: running answers, the state of the system. */
  constructor(
    world: World,
    snapshots: () => readonly LiveEvent[],
    /** Called with the answer's id in the very moment in which its completion is handed out. */
    onAnswer: (answer: string) => void,
  ) {
    this.#world = world;
    this.#snapshots = snapshots;
    this.#onAnswer = onAnswer;
    this.#unsubscribe = world.store.onCommitted((thoughts) => this.#committed(thoughts));
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
    this.#unsubscribe();
    for (const subscription of this.#subscriptions) subscription.wake();
    this.#subscriptions.clear();
  }

  async *stream(options: StreamOptions): AsyncIterable<StreamMessage> {
    const { signal } = options;
    const subscription = new Subscription();
    const wake = () => subscription.wake();
    this.#subscriptions.add(subscription);
    signal.addEventListener("abort", wake, { once: true });
    const joined = this.#world.store.position;
    options.onOpen?.();
    try {
      let last = joined;
      if (options.after !== undefined) {
        const missed = await this.#missed(options.after, joined);
        if (missed === null) yield { event: { command: "RESYNC", position: joined } };
        else {
          for (const entry of missed) {
            if (signal.aborted) return;
            yield { id: entry.position, event: await describeThought(this.#world, entry) };
          }
        }
      }
      for (const event of this.#snapshots()) yield { event };
      while (!signal.aborted && this.#subscriptions.has(subscription)) {
        const message = subscription.shift();
        if (subscription.overflowed) {
          subscription.overflowed = false;
          last = this.#world.store.position;
          yield { event: { command: "RESYNC", position: last } };
        } else if (message === undefined) await subscription.wait();
        else if (message.id === undefined) yield message;
        else if (message.id > last) {
          last = message.id;
          yield message;
        }
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.#subscriptions.delete(subscription);
    }
  }

  /** The thoughts after `after` up to `joined`; null when they cannot be told one by one. */
  async #missed(after: Position, joined: Position): Promise<LogEntry[] | null> {
    if (after.slice(0, 6) !== joined.slice(0, 6) || after > joined) return null;
    const missed: LogEntry[] = [];
    for (let from = after; from < joined;) {
      const page = await this.#world.store.log({ after: from, limit: CATCH_UP_PAGE });
      missed.push(...page.filter(({ position }) => position <= joined));
      if (missed.length > CATCH_UP_EVENTS_MAX) return null;
      if (page.length < CATCH_UP_PAGE) break;
      from = page.at(-1)!.position;
    }
    return missed;
  }

  /** Describing reads objects and takes time; the order of commits is kept by doing one after the other. */
  #committed(thoughts: readonly CommittedThought[]): void {
    this.#described = this.#described.then(async () => {
      for (const thought of thoughts) {
        const event = this.#subscriptions.size === 0 ? null : await describeThought(this.#world, thought);
        if (thought.kind === "exchange") this.#onAnswer((thought.detail as AnswerDetail).answer);
        if (event === null) continue;
        for (const subscription of this.#subscriptions) subscription.push({ id: thought.position, event });
      }
    });
  }
}
