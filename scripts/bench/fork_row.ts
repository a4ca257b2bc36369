/**
 * A fork in time proportional to what is live: two images with the same objects, forked at the thought that made them.
 * In one each object has changed once since, in the other twenty times. Forks of both in turn, medians.
 */
import { forkImage } from "../../actors/history/mod.ts";
import { keys, openStore, type Position, type Store } from "../../kv/mod.ts";
import { examineDisk } from "./disk.ts";
import type { Row } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const OBJECTS = 5_000;
const A_THOUGHT = 50;
const CHANGES = { few: 1, many: 20 } as const;

export const forkRow: Row = {
  row: "fork-history",
  what: `fork of ${OBJECTS} objects changed ${CHANGES.many} times since, against ${CHANGES.few} time`,
  unit: "ms",
  bound: "at most",
  required: 1.5,
  async measure({ full, folder, say }) {
    const disk = await examineDisk(folder);
    const few = await prepare(`${folder}/few`, CHANGES.few);
    const many = await prepare(`${folder}/many`, CHANGES.many);
    say("both images are made");
    const ours: number[] = [];
    const baseline: number[] = [];
    const now: number[] = [];
    for (let round = 0; round < (full ? 9 : 5); round++) {
      baseline.push(await fork(few.store, few.made, `${folder}/fork`));
      ours.push(await fork(many.store, many.made, `${folder}/fork`));
      now.push(await fork(many.store, many.store.position, `${folder}/fork`));
    }
    await few.store.close();
    await many.store.close();
    return {
      ours: median(ours),
      baseline: median(baseline),
      how: `forkImage at the thought that made the objects, into a folder that is removed after each; ` +
        `median of ${ours.length} rounds in turn`,
      beside: {
        "file system": disk.fileSystem,
        "forked as of now ms": rounded(median(now)),
        "objects a second": rounded(OBJECTS / (median(ours) / 1_000)),
      },
    };
  },
};

async function prepare(folder: string, rounds: number): Promise<{ store: Store; made: Position }> {
  const store = await openStore({ folder });
  let made = store.position;
  for (let round = 0; round <= rounds; round++) {
    for (let from = 0; from < OBJECTS; from += A_THOUGHT) {
      const { position } = await store.commit({ who: "bench", why: "change" }, (thought) => {
        for (let n = from; n < from + A_THOUGHT; n++) {
          thought.set(keys.object(`o${n}`), { n, round, text: "t".repeat(100) });
        }
      });
      if (round === 0) made = position;
    }
  }
  await store.flushVersions();
  return { store, made };
}

async function fork(store: Store, position: Position, folder: string): Promise<number> {
  const began = performance.now();
  await forkImage({ store, position, folder, clock: Date.now, crash: () => {} });
  const took = performance.now() - began;
  await Deno.remove(folder, { recursive: true });
  return took;
}
