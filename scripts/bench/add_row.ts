/**
 * Objects added a second, a thousand to a thought: `world.thought` with a thousand `create`, each an object with two
 * slots that is found by its oid, as those that ZODB adds are found by their key. With a name and a parent each, which
 * are two index entries more, it stands beside. Rounds in turn, medians.
 */
import { v7 as uuidv7 } from "uuid";
import { create, type World } from "../../actors/world/mod.ts";
import { examineDisk } from "./disk.ts";
import { figureOf, runBaseline, ZODB } from "./python.ts";
import type { Row } from "./row.ts";
import { median, rounded } from "./statistics.ts";
import { openBenchWorld } from "./world.ts";

const A_THOUGHT = 1_000;
const THOUGHTS = 20;

export const addRow: Row = {
  row: "add-1000",
  what: `objects added a second, ${A_THOUGHT} a thought`,
  unit: "/s",
  bound: "at least",
  required: 1,
  async measure(context) {
    const { full, folder } = context;
    const disk = await examineDisk(folder);
    await using bench = await openBenchWorld(`${folder}/image`);
    const root = await addThought(bench.world, 1, null);
    await addMany(bench.world, null);
    const ours: number[] = [];
    const named: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < (full ? 7 : 3); round++) {
      ours.push(await addMany(bench.world, null));
      named.push(await addMany(bench.world, root));
      const lines = await runBaseline(ZODB, ["--objects", "20000", "--folder", `${folder}/zodb`], context);
      theirs.push(figureOf(lines, "zodb.add_1000_a_transaction", "objects_per_second"));
    }
    return {
      ours: median(ours),
      baseline: median(theirs),
      how:
        `world.thought with ${A_THOUGHT} create of two slots each, ${THOUGHTS} thoughts a round, one at a time; ` +
        `median of ${ours.length} rounds in turn with commits.py`,
      beside: {
        "file system": disk.fileSystem,
        "one fsync ms": disk.fsyncMs,
        "with name and parent /s": rounded(median(named)),
      },
    };
  },
};

async function addMany(world: World, parent: string | null): Promise<number> {
  const began = performance.now();
  for (let thought = 0; thought < THOUGHTS; thought++) await addThought(world, A_THOUGHT, parent);
  return A_THOUGHT * THOUGHTS / ((performance.now() - began) / 1000);
}

/** With a parent, each has a name too. @returns the oid of the last */
async function addThought(world: World, count: number, parent: string | null): Promise<string> {
  const { value } = await world.thought({ who: "bench", why: `make ${count} objects` }, async (tx) => {
    let oid = "";
    for (let n = 0; n < count; n++) {
      oid = uuidv7();
      tx.thought.makes(oid);
      await create(tx, { oid, at: Date.now() }, {
        name: parent === null ? null : `object ${oid.slice(0, 20)}${oid.slice(24)}`,
        parents: parent === null ? [] : [parent],
        slots: { width: { kind: "data", value: n }, height: { kind: "data", value: 2 } },
      });
    }
    return oid;
  });
  return value;
}
