import assert from "node:assert/strict";
import type { ImageError } from "../../../actors/errors.ts";
import { STOP_WAIT_MS } from "../../../actors/system/limits.ts";
import { LivingImage, type MemoryContext } from "../../../actors/system/mod.ts";
import type { LocalDoor } from "../../../ui/door/mod.ts";
import { type Health, healthSchema, type ObjectView, type StreamEvent } from "../../../ui/protocol.ts";
import {
  healthUntil,
  imageOptions,
  nextEvent,
  openTestImage,
  startMemory,
  startSandbox,
} from "../../support/image.ts";

const actor = (health: Health, name: string) => health.actors.find((each) => each.name === name)!;

async function morph(door: LocalDoor, name: string, canvas = "main") {
  const { oid } = await door.object(name);
  const found = (await door.canvas(canvas)).morphs.find((each) => each.oid === oid);
  return found === undefined ? null : [found.x, found.y];
}

/** A canvas without the positions of its objects, which are looked up when somebody asks for one object. */
async function shown(door: LocalDoor) {
  const { morphs, personas, position } = await door.canvas("main");
  const place = ({ oid, x, y, object }: typeof morphs[number]) => ({
    oid,
    x,
    y,
    object: { ...object, position: null },
  });
  return {
    position,
    morphs: morphs.map(place),
    personas: personas.map((each) => ({ ...each, position: null })),
  };
}

async function made(door: LocalDoor, command: Parameters<LocalDoor["command"]>[0]): Promise<ObjectView> {
  return (await door.command(command)).result as ObjectView;
}

Deno.test("SY1 an image opens, and takes what needs no memory, while the memory is still on its way", async () => {
  const begun = Promise.withResolvers<void>();
  await using test = await openTestImage({
    startMemory: async (context) => {
      await begun.promise;
      return await startMemory(context);
    },
  });
  const { door } = test;
  const health = healthSchema.parse(await door.health());
  assert.equal(health.status, "starting");
  assert.equal(health.ready.index.state, "starting");
  assert.equal((await door.command({ command: "SEND", receiver: "square", selector: "area" })).result, 25);
  const remembered = door.command({ command: "REMEMBER", text: "It was there before the memory was" });
  begun.resolve();
  const { oid } = (await remembered).result as ObjectView;
  assert.equal((await door.recall({ q: "before the memory", k: 1 }))[0]?.oid, oid);
});

Deno.test("SY1 what does not open leaves nothing running and the folder free", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  await Deno.writeTextFile(`${folder}/image.kv`, "this is no database, and was never one".repeat(40));
  await assert.rejects(LivingImage.open(imageOptions(folder)));
  await Deno.remove(`${folder}/image.kv`);
  {
    await using test = await openTestImage({ folder });
    await assert.rejects(
      LivingImage.open(imageOptions(folder)),
      (error: Error & { code?: string }) => error.code === "image_locked",
    );
    assert.ok((await test.door.object("genesis")).oid);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY1 what cannot begin a new image says so at once, without waiting for its parts", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  const crash = () => {
    throw new Error("the disk went away");
  };
  const begun = performance.now();
  await assert.rejects(LivingImage.open({ ...imageOptions(folder), crash, onError: () => undefined }));
  assert.ok(performance.now() - begun < STOP_WAIT_MS, "no part was waited for");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY12 an image opens whatever its root is called, and where its root is deleted", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  {
    await using test = await openTestImage({ folder });
    await made(test.door, { command: "RENAME", object: "genesis", name: "beginning" });
  }
  {
    await using test = await openTestImage({ folder });
    assert.equal(test.image.isNew, false);
    assert.deepEqual((await test.door.object("beginning")).parents, []);
    await test.door.command({ command: "UNDO" });
    await test.door.command({ command: "DELETE", object: "genesis", cascade: true, force: true });
  }
  await using test = await openTestImage({ folder });
  await assert.rejects(test.door.object("genesis"), { code: "not_found" });
  await test.door.command({ command: "UNDO" });
  assert.equal((await test.door.object("genesis")).name, "genesis");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY13 an image whose database is gone is not made anew over what is left of it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  {
    await using test = await openTestImage({ folder });
    await test.door.command({ command: "REMEMBER", text: "the harbour at dawn" });
  }
  await Deno.rename(`${folder}/image.kv`, `${folder}/elsewhere`);
  for (const how of ["gone", "empty"]) {
    if (how === "empty") await Deno.writeFile(`${folder}/image.kv`, new Uint8Array());
    const before = await Array.fromAsync(Deno.readDir(folder));
    await assert.rejects(LivingImage.open(imageOptions(folder)), (error: ImageError) => {
      assert.equal(error.code, "image_lost");
      assert.match(error.message, new RegExp(`image.kv is ${how}, and of the image only .*lexical.sqlite`));
      return true;
    });
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), before, "nothing was made");
  }
  await Deno.rename(`${folder}/elsewhere`, `${folder}/image.kv`);
  {
    await using test = await openTestImage({ folder });
    assert.equal(test.image.isNew, false);
    assert.equal((await test.door.recall({ q: "harbour" }))[0]?.text, "the harbour at dawn");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY1 an image opened again is the same image", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-image-" });
  let before: unknown;
  let id: string;
  {
    await using test = await openTestImage({ folder });
    await made(test.door, { command: "CLONE", object: "square", name: "tile" });
    await made(test.door, { command: "SET_SLOT", object: "tile", slot: "width", value: 9 });
    before = await shown(test.door);
    id = (await test.door.health()).image.id;
  }
  await using test = await openTestImage({ folder });
  assert.deepEqual(await shown(test.door), before);
  assert.equal((await test.door.health()).image.id, id);
  assert.equal((await test.door.command({ command: "SEND", receiver: "tile", selector: "area" })).result, 45);
  await test.door.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY2 a memory that fails is started again while the others go on, and what it knew is there", async () => {
  const starts: MemoryContext[] = [];
  await using test = await openTestImage({
    startMemory: (context) => {
      starts.push(context);
      return startMemory(context);
    },
  });
  const { door } = test;
  const told = Promise.withResolvers<void>();
  await made(door, { command: "REMEMBER", text: "The ferry leaves at noon" });
  const degraded = nextEvent(
    door,
    (event): event is Extract<StreamEvent, { command: "SYSTEM_STATUS_UPDATE" }> =>
      event.command === "SYSTEM_STATUS_UPDATE" &&
      event.health.degraded.some(({ reason }) => /torn/.test(reason)),
    told.resolve,
  );
  await told.promise;
  starts[0]!.fail(new Error("its index is torn"));
  const health = await healthUntil(door, (each) => actor(each, "memory").state === "backingOff");
  assert.equal(health.status, "degraded");
  const said = health.degraded.find(({ part }) => part === "memory");
  assert.match(said!.reason, /its index is torn/);
  assert.match(said!.hint, /by itself/);
  await assert.rejects(
    door.recall({ q: "ferry" }),
    (error: Error & { code?: string; retryable?: boolean }) =>
      error.code === "not_ready" && error.retryable === true,
  );
  assert.equal(
    (await made(door, { command: "SET_SLOT", object: "counter", slot: "count", value: 3 })).slots.count,
    3,
  );
  await degraded;
  const again = await healthUntil(door, (each) => actor(each, "memory").state === "running");
  assert.equal(actor(again, "memory").restarts, 1);
  assert.ok(!again.degraded.some(({ reason }) => /torn/.test(reason)), "it is said no longer");
  assert.equal((await door.recall({ q: "ferry noon", k: 1 }))[0]?.text, "The ferry leaves at noon");
  assert.equal(starts.length, 2);
});

Deno.test("SY2 a world that cannot take a commit in is started again and sees what was committed", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const { registry } = image.world;
  const committed = registry.committed.bind(registry);
  registry.committed = () => {
    registry.committed = committed;
    throw new Error("the registry lost its place");
  };
  const { position } = await door.command({
    command: "SET_SLOT",
    object: "counter",
    slot: "count",
    value: 7,
  });
  const failing = await door.health();
  assert.notEqual(actor(failing, "world").state, "running");
  assert.match(failing.degraded.find(({ part }) => part === "world")!.reason, /lost its place/);
  await assert.rejects(
    door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 8 }),
    (error: Error & { code?: string; retryable?: boolean }) =>
      error.code === "not_ready" && error.retryable === true,
  );
  const health = await healthUntil(door, (each) => actor(each, "world").state === "running");
  assert.equal(actor(health, "world").restarts, 1);
  assert.equal(health.image.position, position);
  assert.equal((await door.object("counter")).slots.count, 7);
  await made(door, { command: "SET_SLOT", object: "counter", slot: "count", value: 8 });
  assert.equal(
    (await door.command({ command: "SEND", receiver: "counter", selector: "increment" })).result,
    9,
  );
});

Deno.test("SY2 a sandbox that cannot start is tried again, and everything else works meanwhile", async () => {
  let starts = 0;
  await using test = await openTestImage({
    startSandbox: () => {
      if (++starts < 3) throw new Error(`no process, try ${starts}`);
      return startSandbox();
    },
  });
  const { door } = test;
  const failing = await door.health();
  assert.match(failing.degraded.find(({ part }) => part === "sandbox")!.reason, /no process/);
  await assert.rejects(
    door.command({ command: "SEND", receiver: "counter", selector: "increment" }),
    (error: Error & { code?: string }) => error.code === "not_ready",
  );
  assert.equal((await door.command({ command: "SEND", receiver: "square", selector: "area" })).result, 25);
  const health = await healthUntil(door, (each) => actor(each, "sandbox").state === "running");
  assert.equal(actor(health, "sandbox").restarts, 2);
  assert.equal(
    (await door.command({ command: "SEND", receiver: "counter", selector: "increment" })).result,
    1,
  );
});

Deno.test("SY5 health answers at once, whatever hangs, and names what is degraded with what to do about it", async () => {
  await using test = await openTestImage({
    startMemory: () => Promise.reject(new Error("the disk is gone")),
  });
  const { door } = test;
  let turns = 0;
  let answered = false;
  const health = door.health().then((each) => {
    answered = true;
    return each;
  });
  while (!answered && turns < 50) {
    await Promise.resolve();
    turns++;
  }
  assert.ok(answered, "health waited for something");
  healthSchema.parse(await health);
  await assert.rejects(test.image.memories.recall("anything", 1), /the disk is gone/);
  const { status, degraded } = healthSchema.parse(await door.health());
  assert.equal(status, "degraded");
  assert.ok(degraded.some(({ reason }) => /the disk is gone/.test(reason)));
  for (const { part, reason, hint } of degraded) {
    assert.ok(part && reason && hint, JSON.stringify({ part, reason, hint }));
  }
});

Deno.test("SY6 a text remembered is found by the next recall, one that changed by its new words alone", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const fox = await made(door, {
    command: "REMEMBER",
    text: "A red fox crossed the meadow",
    source: "a walk",
  });
  const many = await door.command({
    command: "REMEMBER_MANY",
    memories: Array.from(
      { length: 200 },
      (_, n) => ({ text: `Note number ${n} about nothing in particular` }),
    ),
  });
  assert.equal((many.result as { objects: string[] }).objects.length, 200);
  assert.equal((await door.log({ newest: true, limit: 1 }))[0]?.why, "remember 200 memories");
  const [hit] = await door.recall({ q: "fox meadow", k: 1 });
  assert.deepEqual([hit?.oid, hit?.source], [fox.oid, "a walk"]);
  await made(door, {
    command: "SET_SLOT",
    object: fox.oid,
    slot: "text_chunk",
    value: "A grey heron stood by the pond",
  });
  assert.equal((await door.recall({ q: "heron pond", k: 1 }))[0]?.oid, fox.oid);
  assert.ok((await door.recall({ q: "fox meadow", k: 5 })).every(({ oid }) => oid !== fox.oid));
  assert.equal(
    (await door.recall({ q: "fox meadow", k: 1, asOf: many.position }))[0]?.text,
    "A red fox crossed the meadow",
  );
  await door.command({ command: "DELETE", object: fox.oid });
  assert.ok((await door.recall({ q: "heron pond", k: 5 })).every(({ oid }) => oid !== fox.oid));
  await door.command({ command: "UNDO" });
  assert.equal((await door.recall({ q: "heron pond", k: 1 }))[0]?.oid, fox.oid);
});

Deno.test("SY8 where a morph stands is stored, a copy stands beside it, and undo puts both back", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const place = await morph(door, "counter");
  await door.command({ command: "MOVE_MORPH", object: "counter", x: 10, y: 20, width: 5 });
  await door.command({ command: "MOVE_MORPH", object: "counter", x: 11, y: 22 });
  assert.deepEqual(await morph(door, "counter"), [11, 22]);
  const { oid } = await door.object("counter");
  const moved = (await door.canvas("main")).morphs.find((each) => each.oid === oid);
  assert.equal(moved?.width, 5, "a size that was not named stays");
  const copy = await made(door, { command: "CLONE", object: "counter" });
  const [x, y] = (await morph(door, copy.oid))!;
  assert.ok(Math.hypot(x! - 11, y! - 22) < 200 && x !== 11);
  const second = await made(door, { command: "CLONE", object: "counter" });
  const [x2, y2] = (await morph(door, second.oid))!;
  assert.ok(Math.hypot(x2! - x!, y2! - y!) >= 20, "copies do not hide one another");
  await door.command({ command: "UNDO" });
  const child = await made(door, { command: "EXTEND", object: copy.oid });
  assert.ok(await morph(door, child.oid));
  await door.command({ command: "UNDO" });
  await door.command({ command: "UNDO" });
  assert.ok(!(await door.canvas("main")).morphs.some((each) => [copy.oid, child.oid].includes(each.oid)));
  await door.command({ command: "UNDO" });
  await door.command({ command: "UNDO" });
  assert.deepEqual(await morph(door, "counter"), place);
});

Deno.test("SY8 what is deleted leaves every canvas it stood on, and comes back with undo", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const shape = await door.object("shape");
  for (const canvas of ["main", "sketches"]) {
    await door.command({ command: "MOVE_MORPH", object: "square", canvas, x: 1, y: 2 });
  }
  const before = { main: await door.canvas("main"), sketches: await door.canvas("sketches") };
  const { result } = await door.command({ command: "DELETE", object: "shape", cascade: true });
  const { deleted } = result as { deleted: string[] };
  assert.equal(deleted.length, 3);
  for (const canvas of ["main", "sketches"]) {
    assert.ok(!(await door.canvas(canvas)).morphs.some(({ oid }) => deleted.includes(oid)), canvas);
  }
  assert.ok((await door.log({ object: shape.oid })).length > 0, "what is gone has a history all the same");
  await door.command({ command: "UNDO" });
  const places = (view: typeof before.main) => view.morphs.map(({ oid, x, y }) => ({ oid, x, y }));
  assert.deepEqual(places(await door.canvas("main")), places(before.main));
  assert.deepEqual(places(await door.canvas("sketches")), places(before.sketches));
});

Deno.test("SY8 a place that cannot be read hides one object and no other", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const { oid } = await door.object("counter");
  const before = (await door.canvas("main")).morphs.length;
  await image.store.commit({ who: "test", why: "spoil it" }, (thought) => {
    thought.set(["morph", "main", oid], "nowhere");
  });
  assert.equal((await door.canvas("main")).morphs.length, before - 1);
  await door.command({ command: "UNDO" });
  assert.equal((await door.canvas("main")).morphs.length, before);
});

Deno.test("SY3 a message that nobody understands is told on the stream", async () => {
  await using test = await openTestImage();
  const opened = Promise.withResolvers<void>();
  const told = nextEvent(
    test.door,
    (event): event is Extract<StreamEvent, { command: "MESSAGE_NOT_UNDERSTOOD" }> =>
      event.command === "MESSAGE_NOT_UNDERSTOOD",
    opened.resolve,
  );
  await opened.promise;
  await assert.rejects(test.door.command({ command: "SEND", receiver: "square", selector: "aera" }));
  const { receiver, selector, searched, nearest } = await told;
  assert.deepEqual([receiver, selector, nearest[0]], ["square", "aera", "area"]);
  assert.deepEqual(searched, ["square", "rectangle", "shape", "genesis"]);
});
