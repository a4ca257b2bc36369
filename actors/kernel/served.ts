/**
 * How often generated methods have answered, by holder, selector and source: counted in memory and kept in the image
 * without a commit for each use. A count is written when it has doubled since it was written, when nothing has been
 * counted for a while, and at the end; a crash loses what was counted since, so half of it at most, or the first few.
 */
import { z } from "zod";
import { keys } from "../../kv/mod.ts";
import type { World } from "../world/mod.ts";
import { sha256 } from "./provenance.ts";
import { COUNTED_METHODS_MAX, SERVED_QUIET_MS, SERVED_UNSAVED_MAX } from "./limits.ts";

const storedSchema = z.object({ count: z.int().min(0), source: z.string() });

interface Count {
  readonly source: string;
  count: number;
  saved: number;
}

export interface ServedOptions {
  readonly world: World;
  /** Milliseconds without a use after which what was counted is written. */
  readonly quietMs?: number;
  readonly onError: (error: unknown) => void;
}

export interface CountedMethod {
  readonly holder: string;
  readonly selector: string;
  readonly source: string;
}

export class Served {
  readonly #world: World;
  readonly #quietMs: number;
  readonly #onError: (error: unknown) => void;
  /** The longest known first. */
  readonly #counts = new Map<string, Promise<Count>>();
  readonly #unsaved = new Map<string, Count>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<unknown> = Promise.resolve();

  constructor({ world, quietMs = SERVED_QUIET_MS, onError }: ServedOptions) {
    this.#world = world;
    this.#quietMs = quietMs;
    this.#onError = onError;
  }

  /** @returns how often it has answered, this time included; another source begins at 1 */
  async count(method: CountedMethod): Promise<number> {
    const key = `served ${method.holder} ${method.selector}`;
    const entry = await this.#entry(key, method.source);
    const now = ++entry.count;
    this.#unsaved.set(key, entry);
    if (entry.count - entry.saved >= Math.max(SERVED_UNSAVED_MAX, entry.saved)) await this.save();
    else this.#saveSoon();
    return now;
  }

  /** Writes what was counted, as one thought that no undo goes back over. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const saving = this.#saving.then(() => this.#save());
    // Whoever saves hears of it; the next one tries again.
    this.#saving = Promise.allSettled([saving]);
    return saving;
  }

  async #save(): Promise<void> {
    const taken = [...this.#unsaved];
    if (taken.length === 0) return;
    this.#unsaved.clear();
    const values = await Promise.all(taken.map(async ([key, entry]) => {
      const { count, source } = entry;
      return { key, entry, value: { count, source: await sha256(source) } };
    }));
    const info = { who: "kernel", why: "how often methods have answered", kind: "maintenance" };
    try {
      await this.#world.thought(info, (tx) => {
        for (const { key, value } of values) tx.thought.set(keys.meta(key), value);
        return Promise.resolve();
      });
    } catch (error) {
      for (const { key, entry } of values) if (!this.#unsaved.has(key)) this.#unsaved.set(key, entry);
      throw error;
    }
    for (const { entry, value } of values) entry.saved = value.count;
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => void this.save().catch(this.#onError), this.#quietMs);
  }

  async #entry(key: string, source: string): Promise<Count> {
    for (;;) {
      const known = this.#counts.get(key) ?? this.#keep(key, this.#read(key, source));
      const entry = await known;
      if (entry.source === source) return entry;
      // Whoever comes first with another source begins anew; all others find that.
      if (this.#counts.get(key) === known) {
        void this.#keep(key, Promise.resolve({ source, count: 0, saved: 0 }));
      }
    }
  }

  #keep(key: string, reading: Promise<Count>): Promise<Count> {
    const oldest = this.#counts.size >= COUNTED_METHODS_MAX ? this.#counts.keys().next().value : undefined;
    // What is not written yet is written from where it waits.
    if (oldest !== undefined) this.#counts.delete(oldest);
    this.#counts.set(key, reading);
    reading.catch(() => {
      // Who counts hears of it; the next one reads again.
      if (this.#counts.get(key) === reading) this.#counts.delete(key);
    });
    return reading;
  }

  async #read(key: string, source: string): Promise<Count> {
    const stored = storedSchema.safeParse((await this.#world.store.get(keys.meta(key)))?.value);
    const isSame = stored.success && stored.data.source === await sha256(source);
    const count = isSame ? stored.data.count : 0;
    return { source, count, saved: count };
  }
}
