/** What the store's tests share: an image in a folder of its own, and values of asked sizes. */
import { type Key, keys, openStore, type OpenStoreOptions, type Store } from "../../kv/mod.ts";
import { open, seal } from "../../kv/sealed.ts";

/** Opens a fresh image, runs the test, closes it and removes the folder; reported errors fail the test. */
export async function withStore(
  test: (store: Store, folder: string) => Promise<void>,
  options: Partial<OpenStoreOptions> = {},
): Promise<void> {
  const reported: unknown[] = [];
  await withFolder(async (folder) => {
    const store = await openStore({ folder, onError: (error) => reported.push(error), ...options });
    try {
      await test(store, folder);
    } finally {
      await store.close();
    }
  });
  if (reported.length > 0) throw new AggregateError(reported, "the store reported errors");
}

/** A folder that is gone afterwards. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "telos-kv-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens the database beneath a closed image. */
export async function withDatabase<T>(folder: string, use: (kv: Deno.Kv) => Promise<T>): Promise<T> {
  const kv = await Deno.openKv(`${folder}/image.kv`);
  try {
    return await use(kv);
  } finally {
    kv.close();
  }
}

/** What stands under a key in the database, unsealed; null for nothing. */
export async function peek<T = unknown>(kv: Deno.Kv, key: Key): Promise<T | null> {
  const { value, versionstamp } = await kv.get(key);
  return versionstamp === null ? null : open(key, value) as T;
}

/** Sets a key in the database, below the store, in its sealed form. */
export async function poke(kv: Deno.Kv, key: Key, value: unknown): Promise<void> {
  await kv.set(key, seal(value, key));
}

export const someone = { who: "test", why: "to see what happens" };

/** Sets one object's value as one thought. */
export async function put(store: Store, oid: string, value: unknown): Promise<string> {
  const { position } = await store.commit(someone, (thought) => thought.set(keys.object(oid), value));
  return position;
}

/** The value of an object, or null. */
export async function see<T = unknown>(store: Store, oid: string): Promise<T | null> {
  return (await store.get<T>(keys.object(oid)))?.value ?? null;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Everything in the database, read below the store, in its stored form. */
export async function dump(kv: Deno.Kv): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  for await (const { key, value } of kv.list({ prefix: [] })) all.set(key.join("/"), value);
  return all;
}
