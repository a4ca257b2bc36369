import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { v7 as uuidv7 } from "uuid";
import { forkImage } from "../../../actors/history/fork.ts";
import { create, remove, rename, setSlot } from "../../../actors/world/mod.ts";
import { FolderError, HorizonError, keys, OccupiedError, openStore, type Store } from "../../../kv/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { info, openTestWorld } from "../../support/world.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "telos-fork-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const quiet = { clock: Date.now, crash: () => {} };

/** Everything a store holds below a prefix, as text. */
async function entries(store: Store, prefix: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, value } of store.list(prefix)) found.push(JSON.stringify([key, value]));
  return found.sort();
}

const steps = fc.array(
  fc.record({
    do: fc.constantFrom("set" as const, "rename" as const, "toggle" as const, "adopt" as const),
    object: fc.nat(3),
    other: fc.nat(3),
    value: fc.oneof(fc.nat(9), fc.constant("L".repeat(70_000))),
  }),
  { minLength: 3, maxLength: 12 },
);

Deno.test("HI3 a fork at any thought holds what the image held then: objects, names, children, places", async () => {
  await fc.assert(
    fc.asyncProperty(steps, (script) =>
      withFolder(async (parent) => {
        await using test = await openTestWorld({ empty: true });
        const { world, store } = test;
        const oids = Array.from({ length: 4 }, () => uuidv7());
        const moments: { position: string; held: string[][] }[] = [];
        const held = () =>
          Promise.all([["object"], ["name"], ["child"], ["morph"]].map((each) => entries(store, each)));
        for (const [n, step] of script.entries()) {
          const oid = oids[step.object]!;
          const there = await world.find(oid) !== null;
          const name = `name ${n}`;
          const done = await world.thought(info, async (tx) => {
            if (!there) {
              await create(tx, { oid, at: 1 }, { name, parents: [], slots: {} });
              tx.thought.set(keys.morph("main", oid), { x: n, y: n });
            } else if (step.do === "set") await setSlot(tx, oid, "value", step.value);
            else if (step.do === "rename") await rename(tx, oid, name);
            else if (step.do === "adopt") await setSlot(tx, oid, "parent*", [oids[step.other]!]);
            else {
              await remove(tx, oid, false);
              tx.thought.delete(keys.morph("main", oid));
            }
          }).catch(() => null);
          // Cycles and children left behind are refused, and change nothing.
          if (done?.changed) moments.push({ position: done.position, held: await held() });
        }
        for (const [n, { position, held }] of moments.entries()) {
          const folder = `${parent}/fork ${n}`;
          const forked = await forkImage({ store, position, folder, ...quiet });
          const fork = await openStore({ folder });
          try {
            const found = await Promise.all(
              [["object"], ["name"], ["child"], ["morph"]].map((each) => entries(fork, each)),
            );
            assert.deepEqual(found, held);
            assert.equal(forked.objects, held[0]!.length);
            assert.notEqual(fork.imageId, store.imageId);
            assert.ok(
              fork.position > store.position,
              "its positions come after all of the image that it is from",
            );
            assert.deepEqual(await fork.log(), []);
            assert.deepEqual((await fork.get(keys.origin()))?.value, {
              v: 1,
              how: "fork",
              imageId: store.imageId,
              position,
            });
          } finally {
            await fork.close();
          }
        }
      })),
    { numRuns: 6 },
  );
});

Deno.test("HI3 a fork of a running image lives by itself, and remembers what was known then and nothing later", () =>
  withFolder(async (parent) => {
    await using test = await openTestImage();
    const { door, image } = test;
    await door.command({ command: "REMEMBER", text: "The blue key opens the garden shed" });
    const { position } = await door.command({ command: "REMEMBER", text: "The red key opens the cellar" });
    const shed = (await door.recall({ q: "blue key shed" }))[0]!;
    await door.command({
      command: "SET_SLOT",
      object: shed.oid,
      slot: "text_chunk",
      value: "Green apples are sour",
    });
    await door.command({ command: "REMEMBER", text: "The blue boat lies in the harbour" });
    await door.command({ command: "EXTEND", object: "square", name: "later" });
    const folder = `${parent}/fork`;
    await door.command({ command: "FORK", folder, at: position });
    await using fork = await openTestImage({ folder });
    const texts = async (q: string) => (await fork.door.recall({ q, k: 5 })).map(({ text }) => text);
    assert.equal((await texts("blue key shed"))[0], "The blue key opens the garden shed");
    assert.deepEqual((await texts("boat harbour apples")).filter((text) => /boat|apple/.test(text)), []);
    await assert.rejects(fork.door.object("later"), /no object "later"/);
    await fork.door.command({ command: "REMEMBER", text: "A thought of the fork alone" });
    await fork.door.command({ command: "UNDO" });
    await assert.rejects(fork.door.command({ command: "UNDO" }), /nothing to undo/);
    assert.equal((await fork.door.object("square")).slots.width, 5);
    assert.equal((await door.recall({ q: "green apples" }))[0]?.text, "Green apples are sour");
    assert.equal((await fork.door.health()).image.id === image.store.imageId, false);
  }));

Deno.test("HI3 a fork is the image of its moment, whatever is made, changed and deleted while it is copied", () =>
  withFolder(async (parent) => {
    const store = await openStore({ folder: `${parent}/image` });
    const commit = (write: (n: number) => unknown, from: number, to: number) =>
      store.commit(info, (thought) => {
        for (let n = from; n < to; n++) {
          const value = write(n);
          if (value === null) thought.delete(keys.object(`o${n}`));
          else thought.set(keys.object(`o${n}`), value);
        }
      });
    const { position } = await commit((n) => ({ n }), 0, 900);
    let copied = false;
    const changing = (async () => {
      for (let round = 1; !copied; round++) {
        await commit((n) => n % 3 === 0 ? null : { n, round }, (round * 37) % 800, (round * 37) % 800 + 50);
        await commit((n) => ({ n, round }), 900 + round, 901 + round);
      }
    })();
    const folder = `${parent}/fork`;
    await forkImage({ store, position, folder, ...quiet });
    copied = true;
    await changing;
    await store.close();
    const fork = await openStore({ folder });
    const expected = Array.from({ length: 900 }, (_, n) => JSON.stringify([keys.object(`o${n}`), { n }]))
      .sort();
    assert.deepEqual(await entries(fork, ["object"]), expected);
    await fork.close();
  }));

const child = fileURLToPath(new URL("fork_child.ts", import.meta.url));

for (const point of ["fork.entries", "fork.built"]) {
  Deno.test(`HI4 SIGKILL at ${point} leaves no half fork, and the next attempt makes it whole`, () =>
    withFolder(async (parent) => {
      const folder = `${parent}/image`;
      const store = await openStore({ folder });
      for (let page = 0; page < 3; page++) {
        await store.commit({ who: "test", why: "many" }, (thought) => {
          for (let n = 0; n < 700; n++) thought.set(keys.object(`${page}-${n}`), { n });
        });
      }
      await store.close();
      const fork = `${parent}/fork`;
      const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--unstable-kv", "-A", child, folder, fork, point],
      }).output();
      assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
      await assert.rejects(Deno.stat(fork), Deno.errors.NotFound);
      const again = await openStore({ folder });
      const { objects } = await forkImage({ store: again, position: again.position, folder: fork, ...quiet });
      assert.equal(objects, 2_100);
      await again.close();
      const left = (await Array.fromAsync(Deno.readDir(parent))).map(({ name }) => name).sort();
      assert.deepEqual(left, ["fork", "image"], "what the crash left is gone");
    }));
}

Deno.test("HI14 a fork into the image's own folder, or within it by whatever way, is refused and says why", () =>
  withFolder(async (parent) => {
    await using test = await openTestImage();
    const { door, folder } = test;
    const listed = async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    const before = await listed();
    await Deno.symlink(folder, `${parent}/link`);
    const within = ["fork", "deep/er/fork", "../" + folder.split("/").at(-1) + "/fork"].map((way) =>
      `${folder}/${way}`
    );
    for (const each of [...within, `${parent}/link/fork`]) {
      await assert.rejects(
        door.command({ command: "FORK", folder: each }),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "invalid_argument");
          assert.match(error.message, /within the image's own folder/);
          return true;
        },
      );
    }
    for (const each of [folder, dirname(folder)]) {
      await assert.rejects(door.command({ command: "FORK", folder: each }), OccupiedError);
    }
    assert.deepEqual(await listed(), before);
    await door.command({ command: "FORK", folder: `${parent}/..fork` });
  }));

Deno.test("HI5 a fork into a folder with something in it, into a file, or of pruned history is refused, and nothing is made", () =>
  withFolder(async (parent) => {
    await using test = await openTestImage();
    const { door, image } = test;
    const first = await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 6 });
    await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 7 });
    await Deno.mkdir(`${parent}/full`);
    await Deno.writeTextFile(`${parent}/full/mine.txt`, "mine");
    await assert.rejects(door.command({ command: "FORK", folder: `${parent}/full` }), /mine\.txt/);
    await assert.rejects(door.command({ command: "FORK", folder: `${parent}/full/mine.txt` }), FolderError);
    await assert.rejects(door.command({ command: "FORK", folder: "fork" }), /absolute path/);
    await door.command({ command: "PRUNE", before: image.store.position });
    await assert.rejects(
      door.command({ command: "FORK", folder: `${parent}/fork`, at: first.position }),
      HorizonError,
    );
    await assert.rejects(door.object("square", { asOf: first.position }), HorizonError);
    const left = (await Array.fromAsync(Deno.readDir(parent))).map(({ name }) => name);
    assert.deepEqual(left, ["full"]);
  }));

Deno.test("HI15 a folder of a fork or a merge that cannot be looked into is refused in words", () =>
  withFolder(async (parent) => {
    await using test = await openTestImage();
    await Deno.symlink("there", `${parent}/here`);
    await Deno.symlink("here", `${parent}/there`);
    const position = test.image.store.position;
    for (const folder of [`${parent}/${"long".repeat(100)}`, `${parent}/a\0b`, `${parent}/here/fork`]) {
      for (const command of ["FORK", "MERGE"] as const) {
        await assert.rejects(test.door.command({ command, folder }), FolderError, `${command} ${folder}`);
      }
    }
    assert.equal(test.image.store.position, position);
  }));
