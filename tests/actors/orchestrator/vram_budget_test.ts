import assert from "node:assert/strict";
import { OllamaMind } from "../../../actors/minds/mod.ts";
import {
  LearnedSizes,
  OrchestratorError,
  type RoomRequest,
  VramBudget,
} from "../../../actors/orchestrator/mod.ts";
import { startBadOllama } from "../../support/bad_ollama.ts";
import { ollamaParts, startOllama } from "../../support/ollama.ts";
import { testWithParts } from "../../support/parts.ts";
import { persona, Scene } from "./scene.ts";

/** A server whose list of loaded models the test writes; an unload takes the model off it. */
function lister(loaded: Map<string, number>) {
  return startBadOllama({
    "/api/ps": () =>
      Response.json({
        models: [...loaded].map(([name, size]) => ({ name: `${name}:latest`, size, size_vram: size })),
      }),
    "/api/chat": (_request, body) => {
      loaded.delete((body as { model: string }).model.replace(":latest", ""));
      return Response.json({ model: "x", message: { role: "assistant", content: "" }, done: true });
    },
  });
}

function request(host: string, model: string, change: Partial<RoomRequest> = {}): RoomRequest {
  return {
    mind: new OllamaMind({ host }),
    model,
    declaredBytes: 3,
    fileBytes: 1,
    budgetBytes: 8,
    keep: new Set(),
    signal: new AbortController().signal,
    ...change,
  };
}

Deno.test("OR22 what fits is not unloaded", async () => {
  const loaded = new Map([["a", 2], ["b", 3]]);
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 1_000 });
  const room = await budget.acquire(request(server.host, "c"));
  assert.deepEqual(room.unloaded, []);
  assert.equal(budget.usedBytes, 5);
});

Deno.test("OR22 others go until it fits, the kept one last, and the list confirms it", async () => {
  const loaded = new Map([["kept", 4], ["big", 2], ["small", 1]]);
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 1_000 });
  const keep = new Set(["kept:latest"]);
  const room = await budget.acquire(request(server.host, "c", { keep }));
  assert.deepEqual(room.unloaded, ["big:latest"]);
  assert.deepEqual([...loaded.keys()], ["kept", "small"]);
});

Deno.test("OR22 a model larger than the budget is refused at once, and nothing is unloaded", async () => {
  const loaded = new Map([["a", 2]]);
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 1_000 });
  await assert.rejects(
    budget.acquire(request(server.host, "huge", { declaredBytes: 9 })),
    (error: unknown) =>
      error instanceof OrchestratorError && error.code === "vram_refused" && !error.retryable &&
      /budget of 8 bytes: it takes 9 bytes/.test(error.message),
  );
  assert.equal(loaded.size, 1);
});

Deno.test("OR22 what the server shows counts more than what is declared", async () => {
  const loaded = new Map([["a", 7]]);
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 1_000 });
  await budget.look(new OllamaMind({ host: server.host }));
  loaded.clear();
  loaded.set("b", 2);
  const room = await budget.acquire(request(server.host, "a", { declaredBytes: 1 }));
  assert.deepEqual(room.unloaded, ["b:latest"]);
});

Deno.test("OR22 a model in use is not unloaded: the next waits until it is given back", async () => {
  const loaded = new Map<string, number>();
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 5_000 });
  const first = await budget.acquire(request(server.host, "a", { declaredBytes: 5 }));
  loaded.set("a", 5);
  const order: string[] = [];
  const second = budget.acquire(request(server.host, "b", { declaredBytes: 5 })).then((room) => {
    order.push("b has room");
    return room;
  });
  const same = await budget.acquire(request(server.host, "a", { declaredBytes: 5 }));
  order.push("a is shared");
  first.release();
  first.release();
  order.push("first gave back");
  same.release();
  const room = await second;
  assert.deepEqual(order, ["a is shared", "first gave back", "b has room"]);
  assert.deepEqual(room.unloaded, ["a:latest"]);
});

Deno.test("OR22 a model that was promised and is not loaded yet is counted", async () => {
  const loaded = new Map<string, number>();
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 80 });
  await budget.acquire(request(server.host, "a", { declaredBytes: 5 }));
  await assert.rejects(
    budget.acquire(request(server.host, "b", { declaredBytes: 5 })),
    (error: unknown) =>
      error instanceof OrchestratorError && error.code === "vram_refused" && error.retryable &&
      /did not free it within 80 ms/.test(error.message),
  );
});

Deno.test("OR22 a wait for room that is cancelled leaves at once and blocks nobody", async () => {
  await using server = lister(new Map());
  const budget = new VramBudget({ roomMs: 60_000 });
  const held = await budget.acquire(request(server.host, "a", { declaredBytes: 5 }));
  const controller = new AbortController();
  const waiting = budget.acquire(request(server.host, "b", { declaredBytes: 5, signal: controller.signal }));
  const rejected = assert.rejects(waiting, /no longer wanted/);
  controller.abort(new Error("no longer wanted"));
  await rejected;
  held.release();
  (await budget.acquire(request(server.host, "b", { declaredBytes: 5 }))).release();
});

Deno.test("OR22 a stopped answer's model is counted until the list shows it, or for a bounded time", async () => {
  const loaded = new Map<string, number>();
  await using server = lister(loaded);
  const budget = new VramBudget({ roomMs: 5_000, unsettledMs: 60_000 });
  const stop = new AbortController();
  const stopped = await budget.acquire(
    request(server.host, "a", { declaredBytes: 5, signal: stop.signal }),
  );
  stop.abort(new Error("the person left"));
  stopped.release();
  const controller = new AbortController();
  const next = budget.acquire(
    request(server.host, "b", { declaredBytes: 5, signal: controller.signal }),
  );
  const outcome = await Promise.race([next, budget.look(new OllamaMind({ host: server.host }))]);
  assert.ok(Array.isArray(outcome), "b has no room while the server may be loading a");
  controller.abort(new Error("enough"));
  await assert.rejects(next, /enough/);
  // The server has finished loading it: now it is seen, and goes.
  loaded.set("a", 5);
  const room = await budget.acquire(request(server.host, "b", { declaredBytes: 5 }));
  assert.deepEqual(room.unloaded, ["a:latest"]);
});

Deno.test("OR22 a stopped answer's model that never comes is forgotten after the bounded time", async () => {
  await using server = lister(new Map());
  const budget = new VramBudget({ roomMs: 20_000, unsettledMs: 30 });
  const stop = new AbortController();
  const stopped = await budget.acquire(
    request(server.host, "a", { declaredBytes: 5, signal: stop.signal }),
  );
  stop.abort(new Error("the person left"));
  stopped.release();
  (await budget.acquire(request(server.host, "b", { declaredBytes: 5 }))).release();
});

Deno.test("OR22 a model that was never seen takes its file and a margin; a longer context takes more", () => {
  const sizes = new LearnedSizes();
  const asked = { model: "a", declaredBytes: 0, fileBytes: 1_000 };
  assert.equal(sizes.costOf(asked), 1_150);
  assert.equal(sizes.costOf({ ...asked, declaredBytes: 2_000 }), 2_000);
  sizes.learn({ model: "a:latest", bytes: 1_200, vramBytes: 0, contextTokens: 4_096 });
  assert.equal(sizes.costOf({ ...asked, declaredBytes: 2_000, contextTokens: 4_096 }), 1_200);
  assert.equal(sizes.costOf({ ...asked, contextTokens: 8_192 }), 1_400);
  assert.equal(sizes.costOf({ ...asked, contextTokens: 256 }), 1_200);
  sizes.learn({ model: "a", bytes: 1_010, vramBytes: 0, contextTokens: 256 });
  assert.equal(sizes.costOf({ ...asked, contextTokens: 256 }), 1_010);
});

/** Sizes of the design's table, in bytes. */
const sizes: Record<string, number> = {
  "phi3:3.8b": 2.2e9,
  "mistral:7b": 4.1e9,
  "gemma2:9b": 5.4e9,
  "qwen2:7b": 4.4e9,
};

Deno.test("OR22 the table of scenarios: who is loaded in each, in whatever order they come", async () => {
  const loaded = new Map<string, number>();
  await using server = startBadOllama({
    "/api/ps": () =>
      Response.json({ models: [...loaded].map(([name, size]) => ({ name, size, size_vram: size })) }),
    "/api/chat": (_request, body) => {
      loaded.delete((body as { model: string }).model);
      return Response.json({ model: "x", message: { role: "assistant", content: "" }, done: true });
    },
  });
  const budget = new VramBudget({ roomMs: 1_000 });
  const visit = async (model: string): Promise<string[]> => {
    const bytes = sizes[model]!;
    const room = await budget.acquire(request(server.host, model, {
      declaredBytes: bytes,
      fileBytes: bytes,
      budgetBytes: 8e9,
      keep: new Set(["phi3:3.8b"]),
    }));
    loaded.set(model, bytes);
    room.release();
    // BABS keeps nothing: her keep-alive is 0.
    if (model === "qwen2:7b") loaded.delete(model);
    return [...loaded.keys()].sort();
  };
  const steward = "phi3:3.8b";
  assert.deepEqual(await visit(steward), [steward]);
  const specialists = ["mistral:7b", "gemma2:9b", "qwen2:7b"];
  for (const from of specialists) {
    for (const to of specialists) {
      await visit(from);
      const after = await visit(to);
      assert.deepEqual(after, to === "qwen2:7b" ? [steward] : [to, steward].sort(), `${from}, then ${to}`);
    }
  }
});

testWithParts(
  "OR22 with a real Ollama and three models the list never shows more than the budget",
  await ollamaParts(),
  async () => {
    await using ollama = await startOllama({ withModel: false });
    for (const model of ["one", "two", "three"]) await ollama.create(model, { distinct: true });
    const mind = new OllamaMind({ host: ollama.host });
    const options = { num_ctx: 256, num_predict: 4, num_thread: 1, temperature: 0 };
    const bytes = await sizeOf(mind, "one", options);
    const budgetBytes = Math.round(bytes * 2.5);
    const names = ["ONE", "TWO", "THREE"];
    const personas = names.map((name) =>
      persona(name, { model: name.toLowerCase(), vramBytes: bytes, options, keepAlive: "5m" })
    );
    await using scene = new Scene({ host: ollama.host, personas });
    scene.settings = { router: "rules", vramBudgetBytes: budgetBytes };
    let most = 0;
    let sampling = true;
    const sampler = (async () => {
      while (sampling) {
        const loaded = await mind.loaded();
        most = Math.max(most, loaded.reduce((sum, each) => sum + each.bytes, 0));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const order = ["ONE", "TWO", "THREE"];
    for (const [index, name] of order.entries()) {
      await scene.ask(`Hello ${index}`, { persona: name, thread: `t${index}` });
      await scene.until(() => scene.stored.length === index + 1 || scene.of("ANSWER_ABORTED").length > 0);
    }
    await Promise.all(
      ["TWO", "ONE", "THREE"].map((name) => scene.ask("Again", { persona: name, thread: name })),
    );
    await scene.until(
      () => scene.stored.length === order.length + 3 || scene.of("ANSWER_ABORTED").length > 0,
      60_000,
    );
    sampling = false;
    await sampler;
    assert.deepEqual(scene.of("ANSWER_ABORTED"), []);
    assert.deepEqual(scene.stored.map((each) => each.mind), Array(order.length + 3).fill("ollama"));
    assert.ok(most > bytes, `several were loaded at a time, and the most was ${most}`);
    assert.ok(most <= budgetBytes, `the list showed ${most} bytes of ${budgetBytes}`);
    assert.match(
      scene.of("ANSWER_STARTED").map((each) => each.reason).join("\n"),
      /unloaded \w+:latest to make room/,
    );
  },
);

/** What one model takes when it is loaded with these options. */
async function sizeOf(mind: OllamaMind, model: string, options: Record<string, unknown>): Promise<number> {
  const signal = new AbortController().signal;
  const messages = [{ role: "user" as const, content: "Hello" }];
  for await (const _part of mind.generate({ model, messages, options, memories: [], signal })) continue;
  const bytes = (await mind.loaded())[0]?.bytes ?? 0;
  await mind.unload(model);
  return bytes;
}
