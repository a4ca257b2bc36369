/**
 * Looks over everything that an image's store holds and says what does not fit together: objects, the indexes of names
 * and children, places on canvases, vectors, and the history that led to them.
 */
import { restore } from "../../actors/object/mod.ts";
import { isVersioned, type Key, keys, type LogEntry, type Store } from "../../kv/mod.ts";

const families: readonly Key[] = [["object"], ["name"], ["child"], ["morph"], ["vector"], ["redo"]];

/** @returns one line for each thing that is half done or damaged; empty when all is well */
export async function checkImage(store: Store): Promise<string[]> {
  const found = new Map<string, Map<string, { key: Key; value: unknown }>>();
  for (const family of families) {
    const entries = new Map<string, { key: Key; value: unknown }>();
    for await (const { key, value } of store.list<unknown>(family)) {
      entries.set(key.slice(1).join(" / "), { key, value });
    }
    found.set(family[0] as string, entries);
  }
  const of = (family: string) => found.get(family)!;
  const faults: string[] = [];
  const expected = { name: new Map<string, string>(), child: new Set<string>() };
  for (const [oid, { value }] of of("object")) {
    const restored = restore(oid, value);
    if (!restored.ok) {
      faults.push(`object ${oid}: ${restored.reason}`);
      continue;
    }
    const { name, parents } = restored.snapshot.context;
    if (restored.snapshot.value !== "active") {
      faults.push(`object ${oid} is stored ${restored.snapshot.value}`);
    }
    if (name !== null) expected.name.set(name, oid);
    for (const parent of parents) {
      expected.child.add(`${parent} / ${oid}`);
      if (!of("object").has(parent)) {
        faults.push(`object ${oid} has the parent ${parent}, which is not there`);
      }
    }
  }
  for (const [name, oid] of expected.name) {
    if (of("name").get(name)?.value !== oid) faults.push(`name ${name} does not lead to ${oid}`);
  }
  for (const [name, { value }] of of("name")) {
    if (expected.name.get(name) !== value) {
      faults.push(`name ${name} leads to ${value}, which does not have it`);
    }
  }
  for (const pair of expected.child) if (!of("child").has(pair)) faults.push(`child ${pair} is not indexed`);
  for (const pair of of("child").keys()) {
    if (!expected.child.has(pair)) faults.push(`child ${pair} is no child`);
  }
  for (const family of ["morph", "vector"]) {
    for (const { key } of of(family).values()) {
      if (!of("object").has(key.at(-1) as string)) {
        faults.push(`${key.join("/")} is of an object that is gone`);
      }
    }
  }
  // A redo is gone once it is applied.
  if (of("redo").size > 0) faults.push(`${of("redo").size} redo chunks are left behind`);
  faults.push(...await checkHistory(store, of));
  return faults;
}

/** The log, played backwards from now, must arrive at an empty image. */
async function checkHistory(
  store: Store,
  of: (family: string) => ReadonlyMap<string, { key: Key; value: unknown }>,
): Promise<string[]> {
  const alive = new Set<string>();
  for (const family of ["object", "morph", "vector"]) {
    for (const { key } of of(family).values()) alive.add(key.join("/"));
  }
  const faults: string[] = [];
  let later: LogEntry | null = null;
  for await (const entry of historyOf(store)) {
    if (later !== null && entry.at >= later.at) {
      faults.push(`${later.position} is not later than ${entry.position}`);
    }
    for (const { key, before } of entry.changes) {
      const name = key.join("/");
      if (!isVersioned(key)) faults.push(`${entry.position} logs ${name}, which has no history`);
      if (before === null) {
        // Created, or created and deleted, by this thought; what it made must not be older than it.
        alive.delete(name);
      } else alive.add(name);
    }
    later = entry;
  }
  for (const name of alive) faults.push(`${name} has no beginning in the log`);
  return faults;
}

async function* historyOf(store: Store): AsyncIterable<LogEntry> {
  let before: string | undefined;
  for (;;) {
    const page = await store.log({ newest: true, limit: 500, ...(before === undefined ? {} : { before }) });
    yield* page;
    if (page.length < 500) return;
    before = page.at(-1)!.position;
  }
}

/** The value of a data slot as stored; undefined when there is none. */
export async function storedSlot(store: Store, oid: string, slot: string): Promise<unknown> {
  const restored = restore(oid, (await store.get(keys.object(oid)))?.value);
  if (!restored.ok) return undefined;
  const found = restored.snapshot.context.slots[slot];
  return found?.kind === "data" ? found.value : undefined;
}
