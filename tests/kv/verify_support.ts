/** A small image in which every family has something, and what its values look like, for the tests of `verify`. */
import { type ImageForms, type Key, keys, type Store, type VerifyReport } from "../../kv/mod.ts";
import { someone } from "./support.ts";

export interface Small {
  readonly name: string | null;
  readonly parents: readonly string[];
  readonly text?: string;
}

export const smallForms: ImageForms = {
  object(_oid, value) {
    if (typeof value !== "object" || value === null || !("parents" in value)) return "it has no parents";
    const { name, parents } = value as Small;
    return { name, parents };
  },
  check: ([family], value) =>
    family === "vector" && !(value instanceof Uint8Array) ? "it is no vector" : null,
};

/** Makes or changes an object, with its indexes in step. */
export async function putObject(store: Store, oid: string, value: Small): Promise<string> {
  const { position } = await store.commit(someone, (thought) => {
    thought.set(keys.object(oid), value);
    if (value.name !== null) thought.set(keys.name(value.name), oid);
    for (const parent of value.parents) thought.set(keys.child(parent, oid), true);
  });
  return position;
}

/** Root, two children, one of them with a large value, one that was deleted, a place, a vector, a hypervector. */
export async function fill(store: Store): Promise<void> {
  await putObject(store, "root", { name: "root", parents: [] });
  await putObject(store, "a", { name: "first", parents: ["root"] });
  await putObject(store, "b", { name: "second", parents: ["root"], text: "b".repeat(130_000) });
  await putObject(store, "b", { name: "second", parents: ["root"], text: "c".repeat(130_000) });
  await putObject(store, "lost", { name: null, parents: ["root"] });
  await store.commit(someone, (thought) => {
    thought.delete(keys.object("lost"));
    thought.delete(keys.child("root", "lost"));
  });
  await store.commit({ ...someone, detail: "d".repeat(100_000) }, (thought) => {
    thought.set(keys.morph("main", "a"), { x: 1, y: 2 });
    thought.set(keys.vector("space", "a"), new Uint8Array(16));
    thought.set(keys.hypervector("a"), new Uint8Array(16));
    thought.set(keys.meta("canvases"), ["main"]);
    thought.set(keys.idempotency("once"), { value: 1, thought: "x" });
  });
  await store.flushVersions();
}

export const verify = (store: Store, repair = false): Promise<VerifyReport> =>
  store.verify({ forms: smallForms, repair });

/** Each problem as one line: kind, key, whether it can be repaired. */
export function lines(report: VerifyReport): string[] {
  return report.problems.map(({ kind, key, repairable }) =>
    `${kind} ${key.join("/")}${repairable ? " +" : ""}`
  );
}

/** Everything in a database with its bytes, to tell what was changed. */
export async function bytesOf(kv: Deno.Kv): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for await (const { key, value } of kv.list({ prefix: [] })) {
    all.set(textOf(key), Deno.inspect(value, { depth: 20, iterableLimit: 1e6, strAbbreviateSize: 1e6 }));
  }
  return all;
}

/** Changes one bit of a stored value, as a failing disk does. */
export async function flip(kv: Deno.Kv, key: Key): Promise<void> {
  const bytes = (await kv.get<Uint8Array>(key)).value!.slice();
  bytes[bytes.length >> 1]! ^= 4;
  await kv.set(key, bytes);
}

export const textOf = (key: Key): string => key.map(String).join("/");
