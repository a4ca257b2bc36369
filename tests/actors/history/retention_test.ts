import assert from "node:assert/strict";
import { horizonOf, readPolicy, Retention } from "../../../actors/history/retention.ts";
import { startOfEpoch } from "../../../kv/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { openTestWorld, set } from "../../support/world.ts";

Deno.test("HI10 the policy is in the slots of history_manager, obeyed as they are now; what is none keeps all and says why", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const policy = async () => (await door.history()).policy;
  assert.deepEqual(await policy(), { keep: "all", days: 365, thoughts: 100_000, intervalSeconds: 3_600 });
  assert.equal((await door.command({ command: "PRUNE" })).result, null, "by default all is kept");
  const slot = (slot: string, value: string | number) =>
    door.command({ command: "SET_SLOT", object: "history_manager", slot, value });
  await slot("keep", "thoughts");
  await slot("thoughts", 2);
  const third = await slot("days", 3);
  const { result } = await door.command({ command: "PRUNE", dryRun: true });
  const before = await image.store.history.thoughtsAgo(2);
  assert.equal((result as { horizon: string }).horizon, before);
  assert.equal(image.store.history.horizon, startOfEpoch(1), "a dry run changes nothing");
  await door.command({ command: "PRUNE" });
  assert.equal(image.store.history.horizon, before);
  assert.ok(before < third.position);
  await slot("keep", "sometimes");
  const { keep, problem } = await policy();
  assert.equal(keep, "all");
  assert.match(problem!, /history_manager keep/);
  await door.command({ command: "DELETE", object: "history_manager" });
  assert.equal((await policy()).keep, "all", "an image without the object keeps all");
  const cost = (await door.history()).cost;
  assert.equal(cost.horizon, before);
  assert.ok(cost.pruned > 0 && cost.totalBytes > 0);
});

Deno.test("HI10 so many days are counted back from now", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  const { position, at } = await set(world, "square", "width", 6);
  await set(world, "square", "width", 7);
  const policy = { ...await readPolicy(world), keep: "days" as const, days: 2 };
  assert.equal(await horizonOf(store, policy, at + 2 * 86_400_000), position);
  assert.equal(await horizonOf(store, { ...policy, keep: "all" }, at), null);
});

Deno.test("HI11 what a stop left of a pruning is ended when the image opens again", async () => {
  await using test = await openTestWorld();
  const { world, store } = test;
  for (let n = 0; n < 400; n++) await set(world, "square", "width", n);
  const stop = new AbortController();
  const pruning = store.history.prune({
    before: store.position,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await assert.rejects(pruning, /enough/);
  assert.equal(store.history.isUnfinished, true);
  const errors: unknown[] = [];
  const retention = new Retention({ world, clock: Date.now, onError: (error) => errors.push(error) });
  const deadline = performance.now() + 10_000;
  while (store.history.isUnfinished && performance.now() < deadline) {
    await new Promise((wake) => setTimeout(wake, 10));
  }
  await retention.close();
  assert.deepEqual([store.history.isUnfinished, errors], [false, []]);
});
