/**
 * A durable thought that sets one slot, one at a time, through the door of an open image (`SET_SLOT`, with the object's
 * new form as answer), against a bare `kv.set` of the same stored bytes: the same process, folder and disk, in turn. Both
 * are on disk when they answer. Beside them stands the least that any thought takes of this store: one bare atomic
 * operation that checks and sets a head, sets the object, and writes a log record of the same size; and the least that
 * it takes of this design, which is that with one transition of the object's machine and the three values as JSON.
 */
import { nextSnapshot, type ObjectSnapshot, persist, restore } from "../../actors/object/mod.ts";
import { keys } from "../../kv/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { examineDisk } from "./disk.ts";
import { openBenchImage, untilEmbedding } from "./living_image.ts";
import type { Row } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const A_ROUND = 20;
const OBJECTS = 50;
/** A server has compiled its code long before it has made its thousandth thought. */
const WARM_UP_ROUNDS = 50;

export const durableRow: Row = {
  row: "durable-thought",
  what: "durable one-slot thought, one at a time, a second",
  unit: "/s",
  bound: "at least",
  required: 0.8,
  async measure({ full, folder }) {
    const disk = await examineDisk(folder);
    await using bench = await openBenchImage(`${folder}/image`);
    // What starts behind the image would take the processor from both sides, and not evenly.
    await untilEmbedding(bench);
    const door = new LocalDoor(bench.image);
    const oids: string[] = [];
    for (let i = 0; i < OBJECTS; i++) {
      const { result } = await door.command({ command: "EXTEND", object: "genesis", name: `square ${i}` });
      oids.push((result as { oid: string }).oid);
    }
    const { stored, value } = (await bench.image.store.get(keys.object(oids[0]!)))!;
    await Deno.mkdir(`${folder}/bare`);
    const bare = await Deno.openKv(`${folder}/bare/kv`);
    try {
      let width = 0;
      const think = () =>
        door.command({ command: "SET_SLOT", object: oids[++width % OBJECTS]!, slot: "width", value: width });
      const set = () => bare.set(["object", oids[++width % OBJECTS]!], stored);
      const least = await leastThought(bare, stored);
      const change = leastChange(oids[0]!, value, stored);
      const leasts: number[] = [];
      const designs: number[] = [];
      const thoughts: number[] = [];
      const sets: number[] = [];
      for (let round = -WARM_UP_ROUNDS; round < (full ? 200 : 60); round++) {
        const [thought, plain, bottom, design] = [
          await perSecond(think),
          await perSecond(set),
          await perSecond(() => least(oids[++width % OBJECTS]!)),
          await perSecond(() => least(oids[++width % OBJECTS]!, change(width))),
        ];
        if (round < 0) continue;
        leasts.push(bottom);
        designs.push(design);
        thoughts.push(thought);
        sets.push(plain);
      }
      return {
        ours: median(thoughts),
        baseline: median(sets),
        how:
          `SET_SLOT through the door of the open image, then kv.set of the same object, ${A_ROUND} each in turn; ` +
          `medians of ${sets.length} rounds`,
        beside: {
          "file system": disk.fileSystem,
          "one fsync ms": disk.fsyncMs,
          "stored bytes": stored.byteLength,
          "thought ms": rounded(1000 / median(thoughts)),
          "kv.set ms": rounded(1000 / median(sets)),
          "bare atomic ms": rounded(1000 / median(leasts)),
          "the store's own ceiling": rounded(median(leasts) / median(sets)),
          "with one transition and JSON": rounded(median(designs) / median(sets)),
        },
      };
    } finally {
      bare.close();
    }
  },
};

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < A_ROUND; i++) await work();
  return A_ROUND / ((performance.now() - began) / 1000);
}

/** Bytes of a record of one thought that sets a slot, beside the before-image. */
const RECORD_BYTES = 300;

interface Values {
  readonly head: Uint8Array;
  readonly object: Uint8Array;
  readonly record: Uint8Array;
}

/** The bare atomic operation of a thought: head checked and set, object and log record written. */
async function leastThought(
  kv: Deno.Kv,
  stored: Uint8Array,
): Promise<(oid: string, values?: Values) => Promise<void>> {
  const head = ["meta", "head"];
  const same = {
    head: new Uint8Array(60),
    object: stored,
    record: new Uint8Array(RECORD_BYTES + stored.byteLength),
  };
  let { versionstamp } = await kv.set(head, same.head);
  const { commitVersionstamp } = kv as unknown as { commitVersionstamp(): string };
  return async (oid, values = same) => {
    const stamp = commitVersionstamp.call(kv);
    const done = await kv.atomic().check({ key: head, versionstamp }).set(head, values.head)
      .set(["object", oid], values.object).set(["log", 1, stamp], values.record).commit();
    if (!done.ok) throw new Error("The bare head was lost");
    versionstamp = done.versionstamp;
  };
}

/** What any thought of this design makes before it is decided: the object's next state, and its three values as JSON. */
function leastChange(oid: string, value: unknown, stored: Uint8Array): (width: number) => Values {
  const restored = restore(oid, value);
  if (!restored.ok) throw new Error(restored.reason);
  let snapshot: ObjectSnapshot = restored.snapshot;
  const encoder = new TextEncoder();
  const toBytes = (value: unknown) => encoder.encode(JSON.stringify(value));
  return (width) => {
    snapshot = nextSnapshot(snapshot, {
      type: "SLOT_SET",
      slot: "width",
      value: { kind: "data", value: width },
    });
    const change = [["object", oid], 0];
    const thought = { id: oid, who: "bench", why: "set square width", kind: "change", changes: [change] };
    const words = toBytes({ v: 1, at: [width], thoughts: [thought] });
    const record = new Uint8Array(words.byteLength + stored.byteLength);
    record.set(words);
    record.set(stored, words.byteLength);
    return {
      head: toBytes({ v: 1, epoch: 1, at: width, count: 1 }),
      object: toBytes(persist(snapshot)),
      record,
    };
  };
}
