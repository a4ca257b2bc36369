/**
 * Forgetting, in three steps: one thought that deletes an object with all that hangs on it, after which history is
 * overwritten (then it is forgotten); the archive and the index of words are written anew; the database file is
 * compacted (then it is erased). What is to be done stands in the image until it is done, so that a crash only delays it.
 */
import { z } from "zod";
import { type Forgotten, type Key, keys, type Store, StoreError } from "../../kv/mod.ts";
import { ImageError } from "../errors.ts";
import { VITAL_NAMES } from "../genesis/mod.ts";
import { restore } from "../object/mod.ts";
import { type Outcome, remove, resolveIn, type World, type WorldTransaction } from "../world/mod.ts";
import { workerUrl } from "./assets.ts";
import { refersTo, textsOf, unlink } from "./forgotten.ts";
import {
  FORGET_RETRY_MS,
  FORGET_RETRY_MS_MAX,
  FORGET_WAIT_MS,
  QUOTED_CHARS_MIN,
  QUOTING_MAX,
} from "./limits.ts";
import type { MemoryPort } from "./memory_port.ts";
import type { Request } from "./operations.ts";
import type { WorkStatus } from "./works.ts";

export interface ForgetOutcome {
  readonly oid: string;
  /** `erased`: no byte of what it held is left in the files of the image; `forgotten`: that is under way. */
  readonly state: "forgotten" | "erased";
  /** Other objects that hold a text of it, now or in their history: they were left as they are. */
  readonly quotedBy: readonly string[];
  /** Objects that referred to it, and do so no more. */
  readonly unlinked: readonly string[];
}

export interface ForgettingOptions {
  readonly store: Store;
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
  readonly clock: () => number;
  readonly crash: (point: string) => void;
  /** What became of it, in words; without any, erasing began or ended. */
  readonly onStatus: (text?: string) => void;
  readonly onError: (error: unknown) => void;
}

type Deleted = Omit<ForgetOutcome, "state">;

const pendingKey = keys.meta("forgetting");
const pendingForm = z.array(z.string());

export class Forgetting {
  readonly #options: ForgettingOptions;
  /** Of what is pending, that which history holds no more. */
  readonly #overwritten = new Set<string>();
  #erasing: Promise<void> | null = null;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FORGET_RETRY_MS;
  #closed = false;

  constructor(options: ForgettingOptions) {
    this.#options = options;
  }

  /** The erasing that is under way: it may take as long as the image is large, and thoughts may wait for it. */
  get work(): WorkStatus | null {
    if (this.#erasing === null) return null;
    return { work: "erase", what: "erase", who: "telos", since: this.#since, done: 0, unit: "" };
  }

  /** Goes on with what a crash, or the end of the program, interrupted. */
  resume(): void {
    void this.#goOn();
  }

  /**
   * Answers once it is forgotten; with `wait`, once it is erased, or after a bounded time.
   * @throws {NotFoundError}, {StaleError}, {StructureError} when others name it as parent; {ImageError} `protected`
   */
  async forget(
    name: string,
    request: Request & { readonly wait?: boolean },
  ): Promise<Outcome<ForgetOutcome>> {
    const { world, crash } = this.#options;
    const info = { who: request.who, why: "forget something", kind: "forget" };
    const outcome = await world.thought(info, (tx) => this.#delete(tx, name, request), {
      idempotencyKey: request.idempotencyKey,
    });
    crash("forget.masked");
    const { oid, unlinked } = outcome.value;
    try {
      const { quotedBy } = await this.#overwrite([oid]);
      const all = [...new Set([...outcome.value.quotedBy, ...quotedBy])].filter((each) => each !== oid);
      const erasing = this.#erase();
      const isErased = request.wait === true && await this.#waitFor(erasing, oid);
      return {
        ...outcome,
        value: { oid, state: isErased ? "erased" : "forgotten", quotedBy: all, unlinked },
      };
    } catch (error) {
      this.#later();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#erasing;
  }

  /** The part of it that is one thought. */
  async #delete(tx: WorldTransaction, name: string, request: Request): Promise<Deleted> {
    const { world } = this.#options;
    const oid = await resolveIn(tx, name);
    await world.expect(oid, request.expected);
    const context = await tx.require(oid);
    if (VITAL_NAMES.has(context.name ?? "")) throw refuseVital(context.name!);
    const { quotedBy, linking } = await this.#survey(oid, textsOf(context));
    for (const each of linking) await unlink(tx, each, oid);
    await remove(tx, oid, false);
    const hypervector = keys.hypervector(oid);
    if ((await tx.thought.get(hypervector)) !== null) tx.thought.delete(hypervector);
    const pending = pendingForm.parse(await tx.thought.get(pendingKey) ?? []);
    tx.thought.set(pendingKey, [...new Set([...pending, oid])]);
    return { oid, quotedBy, unlinked: linking };
  }

  /** Who refers to it, and who quotes it: every object is looked at. */
  async #survey(oid: string, texts: readonly string[]): Promise<{ quotedBy: string[]; linking: string[] }> {
    const quotes = texts.filter(({ length }) => length >= QUOTED_CHARS_MIN)
      .map((text) => JSON.stringify(text).slice(1, -1));
    const [quotedBy, linking]: [string[], string[]] = [[], []];
    for await (const { key, value } of this.#options.store.list<unknown>(keys.objects())) {
      const other = String(key[1]);
      if (other === oid) continue;
      const text = JSON.stringify(value);
      if (quotedBy.length < QUOTING_MAX && quotes.some((quote) => text.includes(quote))) quotedBy.push(other);
      if (!text.includes(oid)) continue;
      const restored = restore(other, value);
      if (restored.ok && Object.values(restored.snapshot.context.slots).some((slot) => refersTo(slot, oid))) {
        linking.push(other);
      }
    }
    return { quotedBy, linking };
  }

  async #overwrite(oids: readonly string[]): Promise<Forgotten> {
    const { store } = this.#options;
    const forgotten = await store.history.forget({
      oids: new Set(oids),
      textsOf: (oid, value) => {
        const restored = restore(oid, value);
        return restored.ok ? textsOf(restored.snapshot.context) : [];
      },
      onTexts: (texts) => this.#dropAnswers(texts),
    });
    for (const oid of oids) this.#overwritten.add(oid);
    return forgotten;
  }

  /** Answers that are kept for repeated requests, and hold a text of it. */
  async #dropAnswers(texts: readonly string[]): Promise<void> {
    const { store } = this.#options;
    const quotes = texts.map((text) => JSON.stringify(text).slice(1, -1));
    const found: Key[] = [];
    for await (const { key, value } of store.list<unknown>(["idempotency"])) {
      const text = JSON.stringify(value);
      if (quotes.some((quote) => text.includes(quote))) found.push(key);
    }
    if (found.length === 0) return;
    await store.commit(
      { who: "telos", why: "drop answers that are forgotten", kind: "maintenance" },
      (thought) => {
        for (const key of found) thought.delete(key);
      },
    );
  }

  async #goOn(): Promise<void> {
    try {
      const pending = await this.#pending();
      if (pending.length === 0 || this.#closed) return;
      await this.#overwrite(pending);
      await this.#erase();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** One run takes all that is overwritten; what comes meanwhile is taken by the next. */
  #erase(): Promise<void> {
    if (this.#erasing !== null) return this.#erasing;
    const { clock, onStatus } = this.#options;
    this.#since = clock();
    this.#erasing = this.#eraseAll()
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#erasing = null;
        onStatus();
      });
    onStatus();
    return this.#erasing;
  }

  async #eraseAll(): Promise<void> {
    const { store, memory, crash, onStatus } = this.#options;
    for (;;) {
      const oids = (await this.#pending()).filter((oid) => this.#overwritten.has(oid));
      if (oids.length === 0 || this.#closed) return;
      await (await memory()).purge(oids);
      crash("forget.rewritten");
      await store.compact(workerUrl("compact"));
      crash("forget.compacted");
      await store.commit(
        // Of this kind too, so that no backup goes on with one that was made before.
        { who: "telos", why: "erased what was forgotten", kind: "forget" },
        async (thought) => {
          const pending = pendingForm.parse(await thought.get(pendingKey) ?? []);
          thought.set(pendingKey, pending.filter((oid) => !oids.includes(oid)));
        },
      );
      for (const oid of oids) this.#overwritten.delete(oid);
      this.#retryMs = FORGET_RETRY_MS;
      onStatus(`erased what was forgotten: ${oids.length}`);
    }
  }

  async #waitFor(erasing: Promise<void>, oid: string): Promise<boolean> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, FORGET_WAIT_MS);
    let running = erasing;
    try {
      // One that was under way may have begun without it.
      for (let runs = 0; runs < 2; runs++) {
        await Promise.race([running, over.promise]);
        if (!(await this.#pending()).includes(oid)) return true;
        running = this.#erase();
      }
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async #pending(): Promise<string[]> {
    return pendingForm.parse((await this.#options.store.get(pendingKey))?.value ?? []);
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    const { onStatus, onError } = this.#options;
    if (error instanceof StoreError && error.retryable) {
      onStatus(`forgotten, not erased yet: ${error.message}. ${error.hint}`);
    } else onError(error);
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.resume(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, FORGET_RETRY_MS_MAX);
  }
}

function refuseVital(name: string): ImageError {
  return new ImageError("protected", `Cannot forget "${name}" as the image lives by it`, {
    hint: "Forget what you have put into it instead.",
    details: { object: name },
  });
}
