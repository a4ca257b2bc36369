/**
 * A structured question over an image of many objects, right after a commit that changed one of them: the codebook is
 * brought up to date and the answer is that of now. A real world over a real store, through `Questions`.
 */
import { createNatives } from "../../actors/genesis/mod.ts";
import { Questions } from "../../actors/questions/mod.ts";
import { readAsset, workerUrl } from "../../actors/system/assets.ts";
import { setSlot, World } from "../../actors/world/mod.ts";
import { openStore } from "../../kv/mod.ts";
import { makeObjects } from "./objects.ts";
import type { Row } from "./row.ts";
import { percentile, rounded } from "./statistics.ts";

const OBJECTS = 20_000;
const OBJECTS_FULL = 90_000;
const WITHIN_MS = 100;

export const questionRow: Row = {
  row: "question",
  what: "what fills a role, asked right after a commit that changed it, p50",
  unit: "ms",
  bound: "at most",
  required: 1,
  async measure({ full, folder, say }) {
    const count = full ? OBJECTS_FULL : OBJECTS;
    const store = await openStore({ folder: `${folder}/image` });
    const world = new World({
      store,
      natives: createNatives(),
      methods: { run: () => Promise.reject(new Error("This row runs no methods")) },
    });
    world.start((error) => {
      throw error;
    });
    const questions = new Questions(world, {
      worker: workerUrl("questions"),
      kernel: () => readAsset("exact.wasm"),
      askPersona: () => Promise.resolve({ unavailable: "This row asks no persona" }),
    });
    try {
      const data = (value: string | number) => ({ kind: "data" as const, value });
      await makeObjects(world, [{
        name: "hypervector_prototype",
        parents: [],
        slots: { seed: data("bench"), dimensions: data(10_000) },
      }]);
      const oids = await makeObjects(
        world,
        Array.from({ length: count }, (_, n) => ({
          name: `object ${n}`,
          parents: [],
          slots: { code: data(`code ${n}`), group: data(`group ${n % 100}`), kind: data("thing") },
        })),
      );
      say(`${count} objects are there; the first question reads them`);
      const first = await timed(() => questions.ask({ ask: "fills", object: oids[0]!, roles: ["code"] }));
      const tookMs: number[] = [];
      for (let n = 0; n < 60; n++) {
        const oid = oids[(n * 7_919) % count]!;
        const code = `new code ${n}`;
        await world.thought({ who: "bench", why: "change" }, (tx) => setSlot(tx, oid, "code", code));
        const { ms, value } = await timed(() =>
          questions.ask({ ask: "fills", object: oid, roles: ["code"] })
        );
        if (value.answers[0]?.text !== code) throw new Error(`Asked for ${code}: ${JSON.stringify(value)}`);
        tookMs.push(ms);
      }
      const unknown = await timed(() => questions.ask({ ask: "fills", object: oids[1]!, roles: ["hymn"] }));
      if (unknown.value.known) throw new Error("A role that is not there was answered");
      const which = await timed(() => questions.ask({ ask: "which", role: "code", value: "code 4" }));
      if (which.value.answers[0]?.text !== "object 4") throw new Error("The holder was not found");
      return {
        ours: percentile(tookMs, 0.5),
        baseline: WITHIN_MS,
        how:
          `Questions.ask, ${tookMs.length} times, each after a commit, over ${count} objects; against ${WITHIN_MS} ms`,
        beside: {
          "p99 ms": rounded(percentile(tookMs, 0.99)),
          "first question s": rounded(first.ms / 1_000),
          "which objects ms": rounded(which.ms),
          "not known ms": rounded(unknown.ms),
        },
      };
    } finally {
      questions.close();
      world.stop();
      await store.close();
    }
  },
};

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}
