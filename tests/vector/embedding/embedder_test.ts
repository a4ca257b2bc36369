import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import {
  embedByHashing,
  Embedder,
  type EmbedderOptions,
  type EmbedderStatus,
  hashSpace,
  type ModelSource,
  modelSource,
  pinnedModels,
} from "../../../vector/embedding/mod.ts";
import { innerProduct } from "../exact/fixture.ts";
import { anyModel, realModels, spawnReal, spawnUnruly, testWithModel, until, withFolder } from "./fixture.ts";

const quick = {
  restartMs: 1,
  restartMaxMs: 20,
  batchMs: 20_000,
  loadMs: 20_000,
  failuresMax: 5,
  modelRetryMs: 1e6,
};

async function withEmbedder(
  options: Partial<EmbedderOptions>,
  run: (embedder: Embedder, seen: EmbedderStatus[]) => Promise<void>,
): Promise<void> {
  const seen: EmbedderStatus[] = [];
  const embedder = Embedder.start({
    spawn: () => spawnUnruly(),
    models: anyModel,
    onStatus: (status) => seen.push(status),
    ...options,
    bounds: { ...quick, ...options.bounds },
  });
  try {
    await run(embedder, seen);
  } finally {
    await embedder.close();
  }
}

const real: Partial<EmbedderOptions> = {
  spawn: spawnReal,
  models: modelSource({ folder: realModels, cache: null }),
  bounds: { batchMs: 60_000, loadMs: 60_000 },
};

testWithModel(
  "VE20 the real model puts what means the same nearer than what shares words",
  () =>
    withEmbedder(real, async (embedder, seen) => {
      const texts = [
        "My sister moved to Portugal last spring",
        "In which country does your sibling live now?",
        "The spring of my sister's watch is broken",
        "Quarterly revenue rose by eight percent",
      ];
      const [memory, question, sharesWords, other] = await embedder.embed(texts) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      ok(innerProduct(memory, question) > innerProduct(question, sharesWords));
      ok(innerProduct(memory, question) > innerProduct(memory, other) + 0.2);
      for (const vector of [memory, question]) ok(Math.abs(innerProduct(vector, vector) - 1) < 1e-4);
      equal(embedder.space.pooling, "mean");
      equal(seen.map(({ state }) => state).filter((state, at, all) => state !== all[at - 1]), [
        "starting",
        "ready",
      ]);
    }),
);

testWithModel(
  "VE20 a text has the same vector alone and in company, up to rounding, and a long one is cut",
  () =>
    withEmbedder(real, async (embedder) => {
      const texts = Array.from({ length: 40 }, (_, n) => "the gate creaks ".repeat(1 + n % 5) + n);
      const together = await embedder.embed(texts);
      for (const at of [0, 7, 39]) {
        const [alone] = await embedder.embed([texts[at]!]);
        ok(innerProduct(alone!, together[at]!) > 0.9999);
      }
      const long = "many different words ".repeat(400);
      const [a, b] = await embedder.embed([long, long + "and an end that is not read"]);
      ok(innerProduct(a!, b!) > 0.99999);
    }),
);

testWithModel(
  "VE21 when the real child is killed in the middle of a batch, the texts are embedded by the next",
  async () => {
    const children: Deno.ChildProcess[] = [];
    const spawn = () => {
      const child = spawnReal();
      children.push(child);
      return child;
    };
    await withEmbedder({ ...real, spawn }, async (embedder, seen) => {
      const [before] = await embedder.embed(["the garden gate"]);
      const many = embedder.embed(Array.from({ length: 200 }, (_, n) => `memory number ${n}`));
      setTimeout(() => children[0]!.kill("SIGKILL"), 100);
      equal((await many).length, 200);
      const [after] = await embedder.embed(["the garden gate"]);
      ok(innerProduct(before!, after!) > 0.99999);
      equal(children.length, 2);
      ok(seen.some(({ detail }) => detail?.includes("SIGKILL")), JSON.stringify(seen));
      equal(embedder.status, { state: "ready", restarts: 1 });
    });
  },
);

testWithModel(
  "VE25 a model that its child cannot load is no model, and hashing serves with the reason",
  () =>
    withFolder(async (modelsFolder) => {
      const { space } = pinnedModels[0]!;
      const models: ModelSource = { find: () => Promise.resolve({ modelsFolder, space, from: "folder" }) };
      await withEmbedder(
        { ...real, models, bounds: { ...real.bounds, failuresMax: 2 } },
        async (embedder) => {
          await until(() => embedder.status.state === "degraded");
          match(embedder.status.detail!, /cannot be run here/);
          equal(embedder.space, hashSpace);
        },
      );
    }),
);

Deno.test("VE21 a child that dies over a batch is replaced, and nobody who waits notices", async () => {
  await withEmbedder({}, async (embedder) => {
    const crash = embedder.embed(["crash"]);
    const good = embedder.embed(["good"]);
    const refused = rejects(crash, { code: "embedding_failed", retryable: false });
    const [vector] = await good;
    equal([...vector!.slice(0, 2)], [4, "g".charCodeAt(0)]);
    await refused;
    equal((await embedder.embed(["again"]))[0]![0], 5);
  });
});

for (
  const [text, reason] of [["nonsense", /talks nonsense/], ["short", /bytes where .* were due/]] as const
) {
  Deno.test(`VE22 a child that answers with what is "${text}" is ended`, async () => {
    await withEmbedder({}, async (embedder, seen) => {
      await rejects(embedder.embed([text]), { code: "embedding_failed" });
      ok(seen.some(({ detail }) => reason.test(detail ?? "")), JSON.stringify(seen));
      equal((await embedder.embed(["x"])).length, 1);
    });
  });
}

Deno.test("VE22 a child that is silent over a batch is ended after the bound", async () => {
  await withEmbedder({ bounds: { batchMs: 200 } }, async (embedder, seen) => {
    await rejects(embedder.embed(["hang"]), { code: "embedding_failed" });
    ok(seen.some(({ detail }) => /silent for 200 ms/.test(detail ?? "")), JSON.stringify(seen));
  });
});

Deno.test("VE22 a batch that the child refuses is tried thrice in the same child", async () => {
  await withEmbedder({}, async (embedder) => {
    await rejects(embedder.embed(["refuse"]), (error: Error & { details: Record<string, unknown> }) => {
      equal(error.details, { reason: "I will not", attempts: 3 });
      return true;
    });
    equal(embedder.status.restarts, 0);
  });
});

Deno.test("VE23 a child over its bound of memory is replaced between batches", async () => {
  let started = 0;
  const spawn = () => spawnUnruly(started++ === 0 ? "rss=2000" : "rss=10");
  await withEmbedder({ spawn, bounds: { rssBytesMax: 1000 } }, async (embedder) => {
    for (const text of ["one", "two", "three"]) equal((await embedder.embed([text]))[0]![0], text.length);
    equal(started, 2);
  });
});

Deno.test("VE13 a cancelled text is given up at once, and the next is answered", async () => {
  await withEmbedder({}, async (embedder) => {
    await embedder.embed(["warm"]);
    const cancel = new AbortController();
    const pending = embedder.embed(Array.from({ length: 500 }, (_, n) => `text ${n}`), cancel.signal);
    cancel.abort(new DOMException("stopped", "AbortError"));
    await rejects(pending, { name: "AbortError" });
    equal((await embedder.embed(["next"]))[0]![0], 4);
  });
});

Deno.test("VE24 without a model hashing serves and the status says why; when one arrives, it serves", async () => {
  let model: ModelSource = {
    find: () => Promise.resolve({ reasons: ["the cache: it is empty", "the hub: no network"] }),
  };
  const models: ModelSource = { find: (options) => model.find(options) };
  await withEmbedder({ models }, async (embedder, seen) => {
    const waiting = embedder.embed(["early"]);
    await rejects(waiting, { code: "space_changed", retryable: true });
    equal(embedder.status, {
      state: "degraded",
      detail: "no embedding model: the cache: it is empty; the hub: no network",
      restarts: 0,
    });
    equal(embedder.space, hashSpace);
    equal(await embedder.embed(["the garden gate"]), [embedByHashing("the garden gate")]);
    model = anyModel;
    embedder.retry();
    await until(() => embedder.status.state === "ready");
    equal(embedder.space.pooling, "mean");
    equal((await embedder.embed(["late"]))[0]![0], 4);
    equal(seen.at(-1)!.state, "ready");
  });
});

Deno.test("VE24 a missing model is looked for again by itself", async () => {
  let looked = 0;
  const models: ModelSource = {
    find: (options) => ++looked < 3 ? Promise.resolve({ reasons: ["not yet"] }) : anyModel.find(options),
  };
  await withEmbedder({ models, bounds: { modelRetryMs: 10 } }, async (embedder) => {
    await until(() => embedder.status.state === "ready");
    equal(looked, 3);
  });
});

Deno.test("VE25 a model whose process never comes up gives way to hashing, with what it said", async () => {
  await withEmbedder({ spawn: () => spawnUnruly("no-load") }, async (embedder, seen) => {
    await until(() => embedder.status.state === "degraded");
    match(seen.find(({ detail }) => detail?.includes("failed"))!.detail!, /^its process failed: it ended/);
    match(
      embedder.status.detail!,
      /cannot be run here: its process failed 5 times in a row: .*no library here/,
    );
    equal(embedder.status.restarts, 4);
  });
});

Deno.test("VE25 a model that ran and fails again and again is a failure that is retried, never another space", async () => {
  let broken = false;
  const children: Deno.ChildProcess[] = [];
  const spawn = () => {
    const child = broken ? spawnUnruly("no-load") : spawnUnruly();
    children.push(child);
    return child;
  };
  await withEmbedder({ spawn, bounds: { failuresMax: 2 } }, async (embedder) => {
    await embedder.embed(["fine"]);
    const { space } = embedder;
    broken = true;
    children[0]!.kill("SIGKILL");
    await until(() => embedder.status.state === "failed");
    await rejects(embedder.embed(["now"]), { code: "embedder_failed", retryable: true });
    equal(embedder.space, space);
    broken = false;
    await until(() => embedder.status.state === "ready");
    equal((await embedder.embed(["again"]))[0]![0], 5);
  });
});

Deno.test("VE26 progress of a download is told while it goes on", async () => {
  const models: ModelSource = {
    find: (options) => {
      options.onProgress({ detail: "fetching weights", progress: 0.5 });
      return anyModel.find(options);
    },
  };
  await withEmbedder({ models }, async (embedder, seen) => {
    await embedder.embed(["x"]);
    ok(
      seen.some((status) => status.progress === 0.5 && status.detail === "fetching weights"),
      JSON.stringify(seen),
    );
  });
});

Deno.test("VE27 closing refuses what waits and leaves no child", async () => {
  const children: Deno.ChildProcess[] = [];
  const spawn = () => {
    const child = spawnUnruly();
    children.push(child);
    return child;
  };
  await withEmbedder({ spawn }, async (embedder) => {
    await embedder.embed(["x"]);
    const pending = rejects(embedder.embed(["hang"]), { code: "embedder_closed" });
    await embedder.close();
    await pending;
    await rejects(embedder.embed(["y"]), { code: "embedder_closed" });
    for (const child of children) await child.status;
  });
});

Deno.test("VE14 no texts give no vectors, and too many are refused", async () => {
  await withEmbedder({}, async (embedder) => {
    equal(await embedder.embed([]), []);
    await rejects(embedder.embed(new Array(10_001).fill("x")), { code: "invalid_texts" });
  });
});
