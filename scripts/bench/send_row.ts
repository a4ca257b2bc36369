/**
 * A read-only native message that is found two parents up: `world.send`, the public door, in a world that has read its
 * objects, against the same through persistent prototypes in ZODB. Rounds in turn, medians.
 */
import type { World } from "../../actors/world/mod.ts";
import { makeObjects } from "./objects.ts";
import { figureOf, runBaseline, ZODB } from "./python.ts";
import type { Row } from "./row.ts";
import { median, rounded } from "./statistics.ts";
import { openBenchWorld } from "./world.ts";

const SENDS = 200_000;
/** Sent to in rotation, so that no answer of one receiver serves for all. */
const RECEIVERS = 1000;

export const sendRow: Row = {
  row: "send-two-parents-up",
  what: "read-only native message through two parents, a second",
  unit: "/s",
  bound: "at least",
  required: 1,
  async measure(context) {
    const { full, folder } = context;
    await using image = await openBenchWorld(`${folder}/image`);
    const ours: number[] = [];
    const theirs: number[] = [];
    const receivers = await makeFamily(image.world);
    sendToAll(image.world, receivers);
    for (let round = 0; round < (full ? 7 : 3); round++) {
      ours.push(sendToAll(image.world, receivers));
      const lines = await runBaseline(ZODB, ["--objects", "1000", "--folder", `${folder}/zodb`], context);
      theirs.push(figureOf(lines, "zodb.send_two_parents_up", "per_second"));
    }
    return {
      ours: median(ours),
      baseline: median(theirs),
      how:
        `world.send("area") of ${SENDS} messages to ${RECEIVERS} receivers in rotation, each found two parents ` +
        `up; median of ${ours.length} rounds in turn with commits.py`,
      beside: { "slowest round": rounded(Math.min(...ours)), "fastest round": rounded(Math.max(...ours)) },
    };
  },
};

function sendToAll(world: World, receivers: readonly string[]): number {
  const began = performance.now();
  let sum = 0;
  for (let i = 0; i < SENDS; i++) {
    const area = world.send(receivers[i % RECEIVERS]!, "area");
    if (typeof area !== "number") throw new Error(`A read-only message answered ${String(area)}`);
    sum += area;
  }
  const seconds = (performance.now() - began) / 1000;
  // Each receiver has its own width, 1 to RECEIVERS, and inherits the height 4.
  if (sum !== 4 * (SENDS / RECEIVERS) * (RECEIVERS * (RECEIVERS + 1)) / 2) {
    throw new Error(`The areas sum to ${sum}`);
  }
  return SENDS / seconds;
}

async function makeFamily(world: World): Promise<string[]> {
  const data = (value: number) => ({ kind: "data" as const, value });
  const [shape] = await makeObjects(world, [{
    name: "shape",
    parents: [],
    slots: { width: data(3), height: data(4), area: { kind: "native", native: "shape.area" } },
  }]);
  const [rectangle] = await makeObjects(world, [{
    name: "rectangle",
    parents: [shape!],
    slots: { width: data(2) },
  }]);
  return await makeObjects(
    world,
    Array.from({ length: RECEIVERS }, (_, i) => ({
      name: `square ${i}`,
      parents: [rectangle!],
      slots: { width: data(i + 1) },
    })),
  );
}
