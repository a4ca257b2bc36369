import assert from "node:assert/strict";
import fc from "fast-check";
import { blueprintOf, exportArchive, forgeImage, makeNewImage } from "../../../actors/exchange/mod.ts";
import { declareWorld, newImageBlueprint } from "../../../actors/genesis/mod.ts";
import { isOid } from "../../../actors/world/mod.ts";
import { openStore, type Store } from "../../../kv/mod.ts";
import { healthUntil, openTestImage } from "../../support/image.ts";
import { canvases, origin, space, worldWith } from "./random_world.ts";

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "telos-forge-" });
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function objectsOf(store: Store): Promise<string[]> {
  return (await Array.fromAsync(exportArchive(store, { vectors: false }))).slice(1, -1);
}

async function within<T>(folder: string, run: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ folder });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  return (await Array.fromAsync(lines)).join("");
}

Deno.test("FG1 an image that is forged from the blueprint of another is its equal, object for object, whatever it holds", async () => {
  await fc.assert(
    fc.asyncProperty(worldWith("genesis"), async (records) => {
      await inFolder(async (folder) => {
        await makeNewImage({
          folder: `${folder}/a`,
          records,
          canvases,
          space,
          origin,
        });
        const [parent, blueprint] = await within(
          `${folder}/a`,
          async (store) => [await objectsOf(store), await textOf(blueprintOf(store))] as const,
        );
        await forgeImage(JSON.parse(blueprint), { folder: `${folder}/b` });
        const child = await within(`${folder}/b`, objectsOf);
        assert.deepEqual(child, parent);
      });
    }),
    { numRuns: 20 },
  );
});

Deno.test("FG2 the child of a living image works as its parent does, and its memories are found", async () => {
  await inFolder(async (folder) => {
    await using parent = await openTestImage();
    await parent.door.command({ command: "EXTEND", object: "counter", name: "mine" });
    await parent.door.command({ command: "SEND", receiver: "mine", selector: "increment", arguments: [41] });
    await parent.door.command({ command: "REMEMBER", text: "the lighthouse keeper has a red coat" });
    const { store } = parent.image;
    await forgeImage(JSON.parse(await textOf(blueprintOf(store))), {
      folder: `${folder}/child`,
    });
    const before = await objectsOf(store);
    await using child = await openTestImage({ folder: `${folder}/child` });
    assert.deepEqual(await objectsOf(child.image.store), before);
    const sent = await child.door.command({ command: "SEND", receiver: "mine", selector: "increment" });
    assert.equal(sent.result, 42);
    await healthUntil(child.door, ({ ready }) => ready.index.state === "ready");
    assert.match((await child.door.recall({ q: "red coat" }))[0]!.text, /lighthouse/);
    assert.notEqual(child.image.store.imageId, store.imageId);
  });
});

Deno.test("FG3 a blueprint adds to what every new image holds, or changes it; personas and memories have short forms", async () => {
  await inFolder(async (folder) => {
    const made = await forgeImage({
      telos: "blueprint",
      format: 1,
      about: "a small shop",
      objects: [
        {
          name: "till",
          slots: { coins: 3, look: { $ref: "morph" } },
          methods: { add: '(self, n) => self.set("coins", self.get("coins") + n)' },
          morphs: { main: { x: 5, y: 6 } },
        },
        {
          name: "big till",
          parents: ["till"],
          methods: { half: { source: '(self) => self.get("coins") / 2', doc: "Half of it." } },
        },
        { name: "greeter", slots: { greeting: "Welcome" } },
      ],
      personas: [{ name: "CLERK", role: "Sells", prompt: "You sell.", model: "phi3:3.8b" }, {
        name: "ALFRED",
        model: "tiny",
      }],
      memories: [{
        text: "The shop opens at nine.",
        source: "sign",
        thread: "hours",
        author: "Ada",
        at: 1_700_000_000_000,
      }],
    }, { folder: `${folder}/shop` });
    assert.deepEqual([made.memories, made.vectors], [1, "to be made"]);
    await using shop = await openTestImage({ folder: `${folder}/shop` });
    const { door } = shop;
    const send = async (receiver: string, selector: string, ...rest: unknown[]) =>
      (await door.command({ command: "SEND", receiver, selector, arguments: rest as number[] })).result;
    await send("big till", "add", 5);
    assert.equal(await send("big till", "half"), 4);
    assert.equal(await send("greeter", "greet"), "Welcome, world!", "what the blueprint does not name stays");
    assert.deepEqual((await door.object("CLERK")).parents, (await door.object("ALFRED")).parents);
    assert.equal((await door.object("ALFRED")).slots.model, "tiny");
    assert.match(String((await door.object("ALFRED")).slots.prompt), /steward/);
    const canvas = await door.canvas("main");
    const till = await door.object("till");
    assert.deepEqual(canvas.morphs.find(({ oid }) => oid === till.oid)?.x, 5);
    assert.equal(
      canvas.morphs.length,
      newImageBlueprint("").length + 1,
      "the others stand where they stand in every new image",
    );
    const [hit] = await door.recall({ q: "when does the shop open" });
    assert.deepEqual([hit?.text, hit?.source, hit?.at], [
      "The shop opens at nine.",
      "sign",
      1_700_000_000_000,
    ]);
  });
});

Deno.test("FG4 an image without a blueprint is what the blueprint without anything makes", async () => {
  await inFolder(async (folder) => {
    await forgeImage({ telos: "blueprint", format: 1 }, {
      folder: `${folder}/a`,
      clock: () => 1_700_000_000_000,
    });
    await using fresh = await openTestImage({ clock: () => 1_700_000_000_000 });
    const without = (lines: string[]) =>
      lines.map((line) =>
        line.replace(/"seed":\{[^}]*\}/, "").replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "oid")
      );
    const forged = await within(`${folder}/a`, objectsOf);
    assert.deepEqual(without(forged), without(await objectsOf(fresh.image.store)));
  });
});

Deno.test("FG5 what is wrong with a blueprint is named by its path, and no image is made", async () => {
  const start = { telos: "blueprint", format: 1 };
  const one = (object: Record<string, unknown>) => ({
    ...start,
    objects: [{ name: "one" }, { name: "two", ...object }],
  });
  const cases: [unknown, string][] = [
    [null, "the document"],
    [{}, "telos"],
    [{ ...start, format: 2 }, "format"],
    [{ ...start, objets: [] }, "the document"],
    [{ ...start, objects: [{}, 5] }, "objects[1]"],
    [{ ...start, base: "nothing" }, "objects"],
    [one({ name: "" }), "objects[1].name"],
    [one({ name: "one" }), "objects[1].name"],
    [{ ...start, objects: [{ name: "genesis" }], personas: [{ name: "genesis" }] }, "personas[0].name"],
    [one({ oid: "7" }), "objects[1].oid"],
    [one({ parents: ["genesis", "nobody"] }), "objects[1].parents[1]"],
    [one({ parents: ["two"] }), "objects[1].parents"],
    [one({ slots: { "9": 1 } }), "objects[1].slots.9"],
    [one({ slots: { a: { $ref: "nobody" } } }), "objects[1].slots.a.$ref"],
    [one({ slots: { a: { $magic: 1 } } }), "objects[1].slots.a"],
    [one({ slots: { a: { $slot: { kind: "magic" } } } }), "objects[1].slots.a.$slot"],
    [one({ slots: { a: { $slot: { kind: "reference", oid: "" } } } }), "objects[1].slots.a.$slot"],
    [
      one({ slots: { a: { $slot: { kind: "method", source: `(self) => 1 //${"x".repeat(1_100_000)}` } } } }),
      "objects[1].slots.a.$slot",
    ],
    [one({ created: 1e20 }), "objects[1].created"],
    [one({ hypervector: JSON.parse("[".repeat(20_000) + "]".repeat(20_000)) }), "the document"],
    [one({ methods: { m: 5 } }), "objects[1].methods.m"],
    [one({ morphs: { main: { x: 1 } } }), "objects[1].morphs.main.y"],
    [{ ...start, personas: [{ name: "P", model: 5 }] }, "personas[0].model"],
    [{ ...start, memories: [{ text: "" }] }, "memories[0].text"],
    [{
      ...start,
      memories: [{ text: "x", name: "genesis" }, { text: "y", name: "n" }, { text: "y", name: "n" }],
    }, "memories[2].name"],
  ];
  await inFolder(async (folder) => {
    for (const [document, path] of cases) {
      const error = await forgeImage(document, { folder: `${folder}/a` }).then(
        () => null,
        (reason) => reason,
      );
      assert.deepEqual(
        [error?.code, error?.details.path],
        ["blueprint_invalid", path],
        JSON.stringify(document),
      );
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  });
});

Deno.test("FG6 a new image is made where there is none, and nowhere else", async () => {
  await inFolder(async (folder) => {
    const target = { folder: `${folder}/a` };
    await forgeImage({ telos: "blueprint", format: 1 }, target);
    const before = await within(target.folder, objectsOf);
    const again = await forgeImage({ telos: "blueprint", format: 1 }, target).then(
      () => null,
      (error) => error,
    );
    assert.equal(again?.code, "folder_occupied");
    assert.deepEqual(await within(target.folder, objectsOf), before);
    await Deno.mkdir(`${folder}/empty`);
    await forgeImage({ telos: "blueprint", format: 1 }, { folder: `${folder}/empty` });
    assert.equal((await within(`${folder}/empty`, objectsOf)).length, before.length);
  });
});

Deno.test("FG7 a world with cycles between its parts is declared in any order", () => {
  const { objects } = declareWorld({
    telos: "blueprint",
    format: 1,
    base: "nothing",
    objects: [
      { name: "child", parents: ["parent"], slots: { friend: { $ref: "parent" } } },
      { name: "parent", parents: ["genesis"], slots: { friend: { $ref: "child" } } },
      { name: "genesis" },
    ],
  }, { now: 1_700_000_000_000, seed: "s" });
  const [child, parent, genesis] = objects.map(({ context }) => context);
  assert.deepEqual(child!.parents, [parent!.oid]);
  assert.deepEqual(parent!.slots.friend, { kind: "reference", oid: child!.oid });
  assert.deepEqual(genesis!.parents, []);
  assert.ok(objects.every(({ context }) => isOid(context.oid)));
});
