/** Everything that can be wrong with an image: how it is made so, and what `verify` says of it. */
import { type Key, keys, type Store } from "../../kv/mod.ts";
import { makeId } from "../../kv/make_id.ts";
import { packLog, readRecord } from "../../kv/record.ts";
import { peek, poke, someone } from "./support.ts";
import { flip, putObject } from "./verify_support.ts";

const day = 24 * 60 * 60 * 1_000;
export const old = makeId(Date.now() - 2 * day);
export const young = makeId(Date.now());

export interface Case {
  readonly what: string;
  /** Done through the store, as a caller could. */
  readonly live?: (store: Store) => Promise<unknown>;
  /** Done below the store, on a closed image. */
  readonly raw?: (kv: Deno.Kv) => Promise<unknown>;
  /** One line for each problem: kind, key, and + when it can be repaired. */
  readonly found: readonly string[];
}

export const logKeys = (kv: Deno.Kv) => keysOf(kv, ["log"]);

export async function keysOf(kv: Deno.Kv, prefix: Key): Promise<Key[]> {
  return (await Array.fromAsync(kv.list({ prefix }))).map(({ key }) => key);
}

const versionOf = async (kv: Deno.Kv, oid: string) => (await keysOf(kv, ["version", oid, "object"]))[0]!;

export const cases: readonly Case[] = [
  {
    what: "a name that leads to nothing",
    raw: (kv) => poke(kv, keys.name("ghost"), "nobody"),
    found: ["name_dangling name/ghost +"],
  },
  {
    what: "a name that leads to an object with another name",
    raw: (kv) => poke(kv, keys.name("ghost"), "a"),
    found: ["name_dangling name/ghost +"],
  },
  {
    what: "a name that is no oid, and that no object has",
    raw: (kv) => poke(kv, keys.name("ghost"), 5),
    found: ["name_dangling name/ghost +"],
  },
  {
    what: "a name that is no oid, and that an object has",
    raw: (kv) => poke(kv, keys.name("first"), 5),
    found: ["name_missing name/first +"],
  },
  {
    what: "a name that is not in the index",
    raw: (kv) => kv.delete(keys.name("first")),
    found: ["name_missing name/first +"],
  },
  {
    what: "a name that two objects have",
    live: (store) =>
      store.commit(someone, (thought) => thought.set(keys.object("twin"), { name: "first", parents: [] })),
    found: ["name_missing name/first"],
  },
  {
    what: "a child that is not there",
    raw: (kv) => poke(kv, keys.child("root", "ghost"), true),
    found: ["child_dangling child/root/ghost +"],
  },
  {
    what: "a child of somebody else",
    raw: (kv) => poke(kv, keys.child("b", "a"), true),
    found: ["child_dangling child/b/a +"],
  },
  {
    what: "a child that is not in the index",
    raw: (kv) => kv.delete(keys.child("root", "a")),
    found: ["child_missing child/root/a +"],
  },
  {
    what: "a version key that is not there",
    raw: async (kv) => kv.delete(await versionOf(kv, "a")),
    found: ["version_missing version/a/object/<position> +"],
  },
  {
    what: "a version key of a thought that changed something else",
    raw: async (kv) => {
      const other = (await versionOf(kv, "root")).at(-1) as string;
      await poke(kv, keys.version(keys.object("a"), other), 1);
    },
    found: ["version_dangling version/a/object/<position> +"],
  },
  {
    what: "a parent that is not there",
    live: (store) => putObject(store, "x", { name: null, parents: ["nowhere"] }),
    found: ["parent_missing object/x"],
  },
  {
    what: "an object that is its own ancestor",
    live: async (store) => {
      await putObject(store, "x", { name: null, parents: ["y"] });
      await putObject(store, "y", { name: null, parents: ["x"] });
    },
    found: ["parent_cycle object/x"],
  },
  {
    what: "what belongs to an object that is not there",
    live: (store) =>
      store.commit(someone, (thought) => {
        thought.set(keys.morph("main", "nobody"), { x: 0, y: 0 });
        thought.set(keys.vector("space", "nobody"), new Uint8Array(16));
        thought.set(keys.hypervector("nobody"), new Uint8Array(16));
      }),
    found: [
      "owner_missing hypervector/nobody",
      "owner_missing morph/main/nobody",
      "owner_missing vector/space/nobody",
    ],
  },
  {
    what: "values that cannot stand where they stand",
    live: (store) =>
      store.commit(someone, (thought) => {
        thought.set(keys.object("a"), "a text");
        thought.set(keys.vector("space", "b"), "a text");
      }),
    found: ["wrong_form object/a", "wrong_form vector/space/b"],
  },
  {
    what: "a head that the log has not reached",
    raw: (kv) =>
      poke(kv, keys.head(), {
        v: 1,
        epoch: 1,
        at: Date.now() * 2,
        count: 0,
        position: "000001-00000000009999990000-0000",
      }),
    found: ["head_wrong meta/head"],
  },
  {
    what: "a head that is behind the log",
    raw: async (kv) => {
      const [, first] = await logKeys(kv);
      const position = `000001-${String(first![2])}-0000`;
      await poke(kv, keys.head(), { v: 1, epoch: 1, at: 1, count: 0, position });
    },
    found: ["head_wrong meta/head", "head_wrong meta/head"],
  },
  {
    what: "a thought that is earlier than the one before",
    raw: async (kv) => {
      const [, key] = await logKeys(kv);
      await poke(kv, key!, { ...await peek<object>(kv, key!), at: [1] });
    },
    found: ["log_order log/1/<stamp>"],
  },
  {
    what: "a thought that the log has lost",
    raw: async (kv) => kv.delete((await logKeys(kv))[1]!),
    found: ["history_missing object/a", "log_missing log/1/<stamp>"],
  },
  {
    what: "an object that no thought made",
    raw: (kv) => poke(kv, keys.object("new"), { name: null, parents: [] }),
    found: ["history_missing object/new"],
  },
  {
    what: "a deletion that the log does not have",
    raw: async (kv) =>
      poke(kv, keys.gone(1, String((await logKeys(kv))[0]![2])), { v: 1, keys: [[0, ["object", "x"]]] }),
    found: ["gone_dangling gone/1/<stamp>"],
  },
  {
    what: "a deletion that is not recorded",
    raw: async (kv) => kv.delete((await keysOf(kv, ["gone"]))[0]!),
    found: ["gone_missing object/lost"],
  },
  {
    what: "a chunk of a value, of its past, and of a record, that are not there",
    raw: async (kv) => {
      const blobs = await keysOf(kv, ["blob"]);
      await kv.delete(blobs[0]!);
      await kv.delete(blobs.at(-1)!);
      await kv.delete((await keysOf(kv, ["part"]))[0]!);
    },
    found: [
      "chunk_missing blob/<id>/0",
      "chunk_missing blob/<id>/2",
      "chunk_missing part/<id>/0",
      // What the lost record says of these nobody knows.
      "history_missing hypervector/a",
      "history_missing morph/main/a",
      "history_missing vector/space/a",
    ],
  },
  {
    what: "chunks that nothing refers to",
    raw: async (kv) => {
      for (const id of [old, young]) {
        await kv.set(keys.blob(id, 0), new Uint8Array(3));
        await kv.set(keys.part(id, 0), new Uint8Array(3));
      }
    },
    found: ["blob_orphaned blob/<id>/0 +", "part_orphaned part/<id>/0 +"],
  },
  {
    what: "values whose bytes are no longer those that were written",
    raw: async (kv) => {
      for (
        const key of [
          keys.object("a"),
          keys.morph("main", "a"),
          keys.meta("canvases"),
          keys.idempotency("once"),
        ]
      ) {
        await flip(kv, key);
      }
      await flip(kv, keys.vector("space", "a"));
      await flip(kv, keys.hypervector("a"));
    },
    found: [
      "corrupt hypervector/a",
      "corrupt idempotency/once",
      "corrupt meta/canvases",
      "corrupt morph/main/a",
      "corrupt object/a",
      "corrupt vector/space/a",
    ],
  },
  {
    what: "indexes whose bytes are no longer those that were written",
    raw: async (kv) => {
      await flip(kv, keys.name("first"));
      await flip(kv, keys.child("root", "a"));
      await flip(kv, await versionOf(kv, "a"));
    },
    found: [
      "child_missing child/root/a +",
      "name_missing name/first +",
      "version_missing version/a/object/<position> +",
    ],
  },
  {
    what: "records of the past whose bytes are no longer those that were written",
    raw: async (kv) => {
      await flip(kv, (await logKeys(kv))[1]!);
      await flip(kv, (await keysOf(kv, ["gone"]))[0]!);
    },
    found: [
      "corrupt gone/1/<stamp>",
      "corrupt log/1/<stamp>",
      "gone_missing object/lost",
      "history_missing object/a",
    ],
  },
  {
    what: "a before-image whose bytes are no longer those that were written",
    raw: async (kv) => {
      const [, , , key] = await logKeys(kv);
      const { at, thoughts } = await readRecord(kv, key!, (await kv.get(key!)).value);
      const before = thoughts[0]!.changes[0]![1]!.slice();
      before[9]! ^= 1;
      thoughts[0]!.changes[0]![1] = before;
      await kv.set(key!, packLog(key!, at, thoughts, () => makeId(Date.now())).stored);
    },
    found: ["corrupt object/b"],
  },
  {
    what: "chunks whose bytes are no longer those that were written",
    raw: async (kv) => {
      await flip(kv, (await keysOf(kv, ["blob"]))[0]!);
      await flip(kv, (await keysOf(kv, ["blob"])).at(-1)!);
    },
    found: ["corrupt object/b", "corrupt object/b"],
  },
  {
    what: "what was never sealed",
    raw: async (kv) => {
      await kv.set(keys.object("a"), { name: "first", parents: ["root"] });
      await kv.set(keys.name("first"), "a");
    },
    found: ["corrupt object/a", "name_dangling name/first +"],
  },
  {
    what: "a key of no family",
    raw: async (kv) => {
      await poke(kv, ["strange", 1], 1);
      await poke(kv, ["objects"], 1);
      await poke(kv, [7], 1);
    },
    found: ["unknown_key 7", "unknown_key objects", "unknown_key strange/1"],
  },
];
