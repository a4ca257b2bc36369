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

const storedSchema = z.object({ count: z.int().min(0) });

interface Count {
  readonly source: string;
  /** Where it is kept: a hash, so that it tells nothing of a method that is forgotten. */
  readonly stored: string;
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
  readonly #unsaved = new Set<Count>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<unknown> = Promise.resolve();

  constructor({ world, quietMs = SERVED_QUIET_MS, onError }: ServedOptions) {
    this.#world = world;
    this.#quietMs = quietMs;
    this.#onError = onError;
  }

  /** @returns how often it has answered, this time included; another source has a count of its own */
  async count(method: CountedMethod): Promise<number> {
    const entry = await this.#entry(method);
    const now = ++entry.count;
    this.#unsaved.add(entry);
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
    const taken = [...this.#unsaved].map((entry) => ({ entry, count: entry.count }));
    if (taken.length === 0) return;
    this.#unsaved.clear();
    const info = { who: "kernel", why: "how often methods have answered", kind: "maintenance" };
    try {
      await this.#world.thought(info, (tx) => {
        for (const { entry, count } of taken) tx.thought.set(keys.meta(entry.stored), { count });
        return Promise.resolve();
      });
    } catch (error) {
      for (const { entry } of taken) this.#unsaved.add(entry);
      throw error;
    }
    for (const { entry, count } of taken) entry.saved = count;
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => void this.save().catch(this.#onError), this.#quietMs);
  }

  async #entry(method: CountedMethod): Promise<Count> {
    const key = `${method.holder} ${method.selector}`;
    for (;;) {
      const known = this.#counts.get(key) ?? this.#keep(key, this.#read(method));
      const entry = await known;
      if (entry.source === method.source) return entry;
      // Whoever comes first with another source reads its count; all others find that.
      if (this.#counts.get(key) === known) void this.#keep(key, this.#read(method));
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

  async #read({ holder, selector, source }: CountedMethod): Promise<Count> {
    const stored = `served ${await sha256(JSON.stringify([holder, selector, source]))}`;
    const known = storedSchema.safeParse((await this.#world.store.get(keys.meta(stored)))?.value);
    const count = known.success ? known.data.count : 0;
    return { source, stored, count, saved: count };
  }
}
