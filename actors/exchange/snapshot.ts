/**
 * The image as of one moment, read while it goes on changing. What is read of the store is laid over with the
 * before-images of all that was logged since, which the log is asked for after each reading: a change that was seen
 * is always in it.
 */
import { isVersioned, type Key, keys, type Position, type Store } from "../../kv/mod.ts";
import { readSpaces } from "../memory/mod.ts";
import { type ObjectContext, restore } from "../object/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";
import { MAIN_CANVAS } from "../system/mod.ts";
import { OBJECTS_AT_ONCE } from "./limits.ts";
import type { DamagedRecord, ExchangeRecord, MorphAt } from "./record.ts";

const LOG_PAGE = 1_000;

export interface SnapshotOptions {
  /** Whether vectors are read. */
  readonly vectors: boolean;
}

export class Snapshot {
  readonly position: Position;
  /** The space whose vectors are read; null when none are. */
  readonly space: EmbeddingSpace | null;
  readonly canvases: readonly string[];
  readonly #store: Store;
  /** What keys held before their first change since, null for nothing; by their JSON. */
  readonly #before = new Map<string, { readonly key: Key; readonly value: unknown }>();
  #seen: Position;
  #headSeen: string | null = null;

  private constructor(store: Store, parts: Pick<Snapshot, "space" | "canvases">) {
    this.#store = store;
    this.position = this.#seen = store.position;
    this.space = parts.space;
    this.canvases = [...parts.canvases].sort();
  }

  static async take(store: Store, options: SnapshotOptions): Promise<Snapshot> {
    const spaces = options.vectors ? await readSpaces(store) : null;
    const canvases = (await store.get<string[]>(keys.meta("canvases")))?.value ?? [MAIN_CANVAS];
    return new Snapshot(store, { space: spaces?.active ?? null, canvases });
  }

  get imageId(): string {
    return this.#store.imageId;
  }

  /** Every oid that there was, in order. */
  async oids(): Promise<string[]> {
    const found = new Set<string>();
    for await (const { key } of this.#store.list(keys.objects())) found.add(key[1] as string);
    await this.#catchUp();
    for (const { key, value } of this.#before.values()) {
      if (key[0] !== "object") continue;
      if (value === null) found.delete(key[1] as string);
      else found.add(key[1] as string);
    }
    return [...found].sort();
  }

  /** The oids of objects that may have had this one as a parent; whether they did is for the reader to see. */
  async mayDescendFrom(oid: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of this.#store.list(keys.children(oid))) found.push(key.at(-1) as string);
    return found;
  }

  /** The oids of objects that changed since, and were there. */
  async changed(): Promise<string[]> {
    await this.#catchUp();
    return [...this.#before.values()].flatMap(({ key, value }) =>
      key[0] === "object" && value !== null ? [key[1] as string] : []
    );
  }

  /** Objects as they were, without the rest of their records; null for one that there was not. */
  async contexts(oids: readonly string[]): Promise<(ObjectContext | DamagedRecord | null)[]> {
    const values = await this.#values(oids.map(keys.object));
    return values.map((value, at) => value === null ? null : read(oids[at]!, value));
  }

  /** The records of these objects, in their order; those that there were not are left out. */
  async *records(oids: readonly string[]): AsyncGenerator<ExchangeRecord | DamagedRecord> {
    for (let from = 0; from < oids.length; from += OBJECTS_AT_ONCE) {
      yield* await this.#page(oids.slice(from, from + OBJECTS_AT_ONCE));
    }
  }

  async #page(oids: readonly string[]): Promise<(ExchangeRecord | DamagedRecord)[]> {
    const { space, canvases } = this;
    const families: ((oid: string) => Key)[] = [
      keys.object,
      keys.hypervector,
      ...canvases.map((canvas) => (oid: string) => keys.morph(canvas, oid)),
      ...(space === null ? [] : [(oid: string) => keys.vector(space.id, oid)]),
    ];
    const values = await this.#values(families.flatMap((keyOf) => oids.map(keyOf)));
    return oids.flatMap((oid, at): (ExchangeRecord | DamagedRecord)[] => {
      const of = (family: number) => values[family * oids.length + at] ?? null;
      const object = of(0);
      if (object === null) return [];
      const context = read(oid, object);
      if ("damaged" in context) return [context];
      const morphs = canvases.flatMap((canvas, n) =>
        of(2 + n) === null ? [] : [[canvas, of(2 + n)] as const]
      );
      const [hypervector, vector] = [of(1), space === null ? null : of(2 + canvases.length)];
      return [{
        context,
        morphs: Object.fromEntries(morphs) as Record<string, MorphAt>,
        ...(vector instanceof Uint8Array ? { vector } : {}),
        ...(hypervector === null ? {} : { hypervector }),
      }];
    });
  }

  /** The values that keys held, null for nothing. */
  async #values(list: readonly Key[]): Promise<unknown[]> {
    const entries = await this.#store.getMany<unknown>(list);
    await this.#catchUp();
    return entries.map((entry, at) => {
      const before = this.#before.get(JSON.stringify(list[at]));
      return before === undefined ? entry?.value ?? null : before.value;
    });
  }

  /** Asks the log when the head has been set since: whatever was decided by now has set it. */
  async #catchUp(): Promise<void> {
    const head = (await this.#store.get(keys.head()))?.versionstamp ?? null;
    if (head === this.#headSeen) return;
    this.#headSeen = head;
    for (;;) {
      const page = await this.#store.log({ after: this.#seen, limit: LOG_PAGE });
      for (const { changes, position } of page) {
        for (const { key, before } of changes) {
          const text = JSON.stringify(key);
          if (isVersioned(key) && !this.#before.has(text)) this.#before.set(text, { key, value: before });
        }
        this.#seen = position;
      }
      if (page.length < LOG_PAGE) return;
    }
  }
}

function read(oid: string, stored: unknown): ObjectContext | DamagedRecord {
  const restored = restore(oid, stored);
  return restored.ok ? restored.snapshot.context : { oid, damaged: restored.reason };
}
