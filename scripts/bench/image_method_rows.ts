/**
 * Methods written in the image, end to end: a message to one from the public door to its answer, the calls that methods
 * make of one another inside one call, and how soon the next call runs after a process was killed. A real world over a
 * real store and real sandbox processes; the limits that ship.
 */
import { createNatives } from "../../actors/genesis/mod.ts";
import { Sandbox, SandboxLimitError } from "../../actors/sandbox/mod.ts";
import { sandboxParts } from "../../actors/system/assets.ts";
import { World } from "../../actors/world/mod.ts";
import { openStore } from "../../kv/mod.ts";
import { makeObjects } from "./objects.ts";
import { figureOf, runBaseline, ZODB } from "./python.ts";
import type { Row } from "./row.ts";
import { median, percentile, rounded } from "./statistics.ts";

const REPLACE_MS = 100;
const RECEIVERS = 1_000;
/** Method calls inside one call. */
const INNER_CALLS = 10_000;
/** Calls of a round, one after the other. */
const CALLS = 10;

function sendRow(row: string, share: number, boundMs: number): Row {
  return {
    row,
    what: `a message to a method of the image, warm, without commit, p${share * 100}`,
    unit: "ms",
    bound: "at most",
    required: 1,
    async measure({ full, folder }) {
      await using image = await openWorld(`${folder}/image`);
      const receivers = await makeFamily(image.world);
      await sendInTurn(image.world, receivers, 300);
      const tookMs = await sendInTurn(image.world, receivers, full ? 20_000 : 3_000);
      return {
        ours: percentile(tookMs, share),
        baseline: boundMs,
        how:
          `world.deliver("area") of ${tookMs.length} messages, one after the other, to ${RECEIVERS} receivers in ` +
          `rotation, the method found two parents up; against ${boundMs} ms`,
        beside: {
          "p50 ms": rounded(percentile(tookMs, 0.5)),
          "p99 ms": rounded(percentile(tookMs, 0.99)),
          "slowest ms": rounded(Math.max(...tookMs)),
        },
      };
    },
  };
}

export const imageSendRow = sendRow("image-send", 0.5, 1.5);
export const imageSendTailRow = sendRow("image-send-tail", 0.99, 10);

export const imageCallsRow: Row = {
  row: "image-calls",
  what: "calls of methods of the image inside one call, a second",
  unit: "/s",
  bound: "at least",
  required: 0.2,
  async measure(context) {
    const { full, folder } = context;
    await using image = await openWorld(`${folder}/image`);
    const [receiver] = await makeFamily(image.world);
    await callInside(image.world, receiver!, 1_000);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < (full ? 7 : 3); round++) {
      const rates: number[] = [];
      for (let call = 0; call < CALLS; call++) {
        rates.push(await callInside(image.world, receiver!, INNER_CALLS));
      }
      ours.push(median(rates));
      const lines = await runBaseline(ZODB, ["--objects", "1000", "--folder", `${folder}/zodb`], context);
      theirs.push(figureOf(lines, "zodb.send_two_parents_up", "per_second"));
    }
    return {
      ours: median(ours),
      baseline: median(theirs),
      how:
        `world.deliver whose method sends "area" ${INNER_CALLS} times, found two parents up, the way in and out ` +
        `included; median of ${CALLS} calls, of which the median of ${ours.length} rounds in turn with commits.py`,
      beside: { "slowest round": rounded(Math.min(...ours)), "fastest round": rounded(Math.max(...ours)) },
    };
  },
};

export const sandboxReplaceRow: Row = {
  row: "sandbox-replace",
  what: "from the kill of a sandbox process until the next call has run, p95",
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder }) {
    await using image = await openWorld(`${folder}/image`);
    const [receiver, other] = await makeFamily(image.world);
    const nextMs: number[] = [];
    let besideMs = 0;
    for (let kill = 0; kill < (full ? 40 : 12); kill++) {
      await image.warm();
      let done = false;
      // Others go on meanwhile, on the place that is left.
      const others = (async () => {
        while (!done) {
          const began = performance.now();
          await image.world.deliver(other!, "area");
          besideMs = Math.max(besideMs, performance.now() - began);
        }
      })();
      const error = await image.world.deliver(receiver!, "spin").catch((error: unknown) => error);
      const killedAt = performance.now();
      if (!(error instanceof SandboxLimitError)) throw new Error(`the endless method came out as ${error}`);
      await image.world.deliver(receiver!, "area");
      nextMs.push(performance.now() - killedAt);
      done = true;
      await others;
    }
    return {
      ours: percentile(nextMs, 0.95),
      baseline: REPLACE_MS,
      how:
        `${nextMs.length} processes killed in a native call that cannot be interrupted, while another client sends ` +
        `without a pause; against ${REPLACE_MS} ms`,
      beside: { "p50 ms": rounded(percentile(nextMs, 0.5)), "slowest call of others ms": rounded(besideMs) },
    };
  },
};

async function sendInTurn(world: World, receivers: readonly string[], count: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let i = 0; i < count; i++) {
    const n = i % receivers.length;
    const began = performance.now();
    const { value } = await world.deliver(receivers[n]!, "area");
    tookMs.push(performance.now() - began);
    if (value !== 4 * (n + 1)) throw new Error(`Receiver ${n} answered ${JSON.stringify(value)}`);
  }
  return tookMs;
}

/** @returns calls a second */
async function callInside(world: World, receiver: string, count: number): Promise<number> {
  const began = performance.now();
  const { value } = await world.deliver(receiver, "total", [count]);
  if (value !== 4 * count) throw new Error(`The areas sum to ${JSON.stringify(value)}`);
  return count / ((performance.now() - began) / 1_000);
}

async function makeFamily(world: World): Promise<string[]> {
  const data = (value: number) => ({ kind: "data" as const, value });
  const method = (source: string) => ({ kind: "method" as const, source });
  const [shape] = await makeObjects(world, [{
    name: "shape",
    parents: [],
    slots: {
      height: data(4),
      area: method('(self) => self.get("width") * self.get("height")'),
      total: method(
        '(self, count) => { let sum = 0; for (let n = 0; n < count; n++) sum += self.send("area"); return sum; }',
      ),
      spin: method("(self) => new Array(4294967295).indexOf(1)"),
    },
  }]);
  const [rectangle] = await makeObjects(world, [{ name: "rectangle", parents: [shape!], slots: {} }]);
  const squares = Array.from({ length: RECEIVERS }, (_, i) => ({
    name: `square ${i}`,
    parents: [rectangle!],
    slots: { width: data(i + 1) },
  }));
  return await makeObjects(world, squares);
}

async function openWorld(folder: string) {
  const store = await openStore({ folder });
  const sandbox = Sandbox.start(sandboxParts());
  const world = new World({
    store,
    natives: createNatives(),
    methods: { run: (call, host, signal) => sandbox.run(call, host, signal) },
  });
  world.start((error) => {
    throw error;
  });
  const warm = async () => {
    while (sandbox.status.idle < 1 || sandbox.status.starting > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    world,
    warm,
    [Symbol.asyncDispose]: async () => {
      world.stop();
      await sandbox.close();
      await store.close();
    },
  };
}
