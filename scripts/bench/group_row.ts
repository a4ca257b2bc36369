/**
 * Durable thoughts that each make one object, 256 in flight, each with an acknowledgement of its own, in an open image:
 * an object of two slots that is found by its oid, as those that ZODB adds are found by their key, against ZODB's commit
 * of one new object. Rounds in turn, medians. Beside it stand thoughts through the door: `SET_SLOT` on one object each,
 * against ZODB's update of one object, and `CLONE` with a name, which also writes the name, the place below the
 * prototype, and the place on the canvas.
 */
import { v7 as uuidv7 } from "uuid";
import { create } from "../../actors/world/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { examineDisk } from "./disk.ts";
import { perSecondInFlight } from "./in_flight.ts";
import { openBenchImage, untilEmbedding } from "./living_image.ts";
import { figureOf, runBaseline, ZODB } from "./python.ts";
import type { Row } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const IN_FLIGHT = 256;
const A_ROUND = 8_192;
const WARM_UP = 4_096;

export const groupRow: Row = {
  row: "commit-group",
  what: `durable one-object thoughts a second, ${IN_FLIGHT} in flight, each its own acknowledgement`,
  unit: "/s",
  bound: "at least",
  required: 5,
  async measure(context) {
    const { full, folder } = context;
    const disk = await examineDisk(folder);
    await using bench = await openBenchImage(`${folder}/image`);
    // What starts behind the image would take the processor from both sides, and not evenly.
    await untilEmbedding(bench);
    const door = new LocalDoor(bench.image);
    await door.command({ command: "EXTEND", object: "genesis", name: "oblong" });
    for (const [slot, value] of Object.entries({ width: 1, height: 2 })) {
      await door.command({ command: "SET_SLOT", object: "oblong", slot, value });
    }
    let made = 0;
    const make = (n: number) =>
      bench.image.world.thought(
        { who: "bench", why: "make an object" },
        async (tx) => {
          const oid = uuidv7();
          tx.thought.makes(oid);
          await create(tx, { oid, at: Date.now() }, {
            name: null,
            parents: [],
            slots: { width: { kind: "data", value: n }, height: { kind: "data", value: 2 } },
          });
        },
      );
    const clone = () => door.command({ command: "CLONE", object: "oblong", name: `made ${made++}` });
    const set = (n: number) =>
      door.command({ command: "SET_SLOT", object: `made ${n % WARM_UP}`, slot: "width", value: n });
    await perSecondInFlight(WARM_UP, IN_FLIGHT, clone);
    await perSecondInFlight(WARM_UP, IN_FLIGHT, set);
    await perSecondInFlight(WARM_UP, IN_FLIGHT, make);
    const figures = {
      ours: [] as number[],
      theirs: [] as number[],
      sets: [] as number[],
      clones: [] as number[],
      updates: [] as number[],
    };
    for (let round = 0; round < (full ? 7 : 3); round++) {
      figures.ours.push(await perSecondInFlight(A_ROUND, IN_FLIGHT, make));
      figures.sets.push(await perSecondInFlight(A_ROUND, IN_FLIGHT, set));
      figures.clones.push(await perSecondInFlight(A_ROUND, IN_FLIGHT, clone));
      const lines = await runBaseline(ZODB, ["--objects", "1000", "--folder", `${folder}/zodb`], context);
      figures.theirs.push(figureOf(lines, "zodb.commit_one_object", "per_second"));
      figures.updates.push(figureOf(lines, "zodb.update_one_object", "per_second"));
    }
    const { atomics, thoughts } = bench.image.store.stats();
    return {
      ours: median(figures.ours),
      baseline: median(figures.theirs),
      how: `world.thought with one create of two slots in the open image, ${A_ROUND} a round; ` +
        `median of ${figures.ours.length} rounds in turn with commits.py`,
      beside: {
        "file system": disk.fileSystem,
        "one fsync ms": disk.fsyncMs,
        "SET_SLOT /s": rounded(median(figures.sets)),
        "CLONE with a name /s": rounded(median(figures.clones)),
        "ZODB update /s": rounded(median(figures.updates)),
        "thoughts an atomic": rounded(thoughts / atomics),
      },
    };
  },
};
