/** The kernel as a part of the system. */
import assert from "node:assert/strict";
import { healthUntil } from "../../support/image.ts";
import { openScene, sendTo, volume } from "./scene.ts";

Deno.test("KN21 A kernel that breaks is started anew, says why, and messages go on meanwhile", async () => {
  await using scene = await openScene([volume]);
  const { test } = scene;
  await scene.policy("auto");
  const kernel = (state: string) => async () =>
    await healthUntil(
      test.door,
      ({ actors }) => actors.some((each) => each.name === "kernel" && each.state === state),
    );
  const running = await kernel("running")();
  assert.equal(running.actors.find(({ name }) => name === "kernel")!.restarts, 0);
  const { world } = test.image;
  const find = world.find;
  const answered = await world.deliver("square", "area");
  // A fault of the kernel's own work, in the background.
  world.find = () => Promise.reject(new TypeError("a fault of the program"));
  await test.image.kernel.send(
    { receiver: "square", selector: "area", arguments: [], who: "test" },
    () => Promise.resolve(answered),
  );
  const broken = await kernel("backingOff")();
  world.find = find;
  const entry = broken.actors.find(({ name }) => name === "kernel")!;
  assert.deepEqual([entry.restarts, entry.reason], [1, "a fault of the program"]);
  assert.equal(await sendTo(test, "square", "area"), 25);
  await kernel("running")();
  assert.equal(await sendTo(test, "square", "volume", 2), 50);
  assert.deepEqual(test.errors.map(String), ["TypeError: a fault of the program"]);
  test.errors.length = 0;
});
