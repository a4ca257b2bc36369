/** Forgetting over a real image: what is left in its files, in history and in recall, and what a crash leaves. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { ForgetOutcome } from "../../../actors/system/forgetting.ts";
import { type BackupResult, takeBackup } from "../../../kv/mod.ts";
import { says } from "../../support/bad_ollama.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";
import { Follower, openTalk } from "../../support/talk.ts";
import { failure, openScene, volume } from "../kernel/scene.ts";

const SECRET = "the marmalade recipe of great-aunt Ottilie has saffron and three quinces";
/** Stems too, as the index of words keeps them. */
const WORDS = ["marmalad", "ottili", "quinc"];

/** Files of an image in which a text stands, in the case or the form in which words are kept. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  // Another process looks: closing the file here would drop SQLite's locks.
  const args = ["-r", "-l", "-a", "-i", "-F", text, folder];
  const { stdout } = await new Deno.Command("grep", { args }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

async function remember({ door }: TestImage, text: string): Promise<string> {
  const { result } = await door.command({ command: "REMEMBER", text }, {
    idempotencyKey: crypto.randomUUID(),
  });
  return (result as { oid: string }).oid;
}

async function forget({ door }: TestImage, object: string): Promise<ForgetOutcome> {
  return (await door.command({ command: "FORGET", object, wait: true })).result as unknown as ForgetOutcome;
}

Deno.test("FO1 no byte of what is erased is left in the files, in history or in recall; all else is as it was", async () => {
  await using image = await openTestImage();
  const { door, folder } = image;
  const kept = await remember(image, "the harbour was quiet on the first of May");
  const oid = await remember(image, SECRET);
  const remembered = image.image.store.position;
  await door.command({ command: "RENAME", object: oid, name: "Ottilie and her quinces" });
  await door.command({ command: "SET_SLOT", object: oid, slot: "text_chunk", value: `${SECRET}, and honey` });
  await door.command({ command: "MOVE_MORPH", object: oid, x: 1, y: 2 });
  assert.notDeepEqual(await filesWith(folder, "Ottilie"), []);

  const { state, quotedBy } = await forget(image, "Ottilie and her quinces");
  assert.equal(state, "erased");
  assert.deepEqual(quotedBy, []);
  for (const words of [...WORDS, "great-aunt"]) {
    assert.deepEqual(await filesWith(folder, words), []);
  }

  await assert.rejects(door.object(oid), /There is no object/);
  await assert.rejects(door.object(oid, { asOf: remembered }), /There is no object|did not exist|no object/);
  const hits = await door.recall({ q: "marmalade quinces" });
  assert.equal(hits.some((hit) => hit.oid === oid), false);
  assert.deepEqual(
    (await door.recall({ q: "marmalade quinces", asOf: remembered })).filter((hit) => hit.oid === oid),
    [],
  );
  const thoughts = await door.log({ limit: 50 });
  assert.equal(thoughts.some(({ why }) => why === "remember: (forgotten)"), true);
  assert.equal(thoughts.some(({ kind, why }) => kind === "forget" && why === "forget something"), true);
  assert.match((await door.recall({ q: "harbour" }))[0]!.text, /harbour was quiet/);
  assert.equal((await door.object(kept)).oid, kept);
  assert.equal((await door.checkMemory()).ok, true);
  const { ok, problems } = await door.verify();
  assert.deepEqual(problems, []);
  assert.equal(ok, true);
  await remember(image, "life goes on after the file was written anew");
});

Deno.test("FO2 undo refuses in words, of the forgetting and of what was done to the object before", async () => {
  await using image = await openTestImage();
  const { door } = image;
  const oid = await remember(image, SECRET);
  const { position: made } = (await door.log({ newest: true, limit: 1, object: oid }))[0]!;
  await forget(image, oid);
  const forgotten = (await door.log({ newest: true, limit: 10 })).find(({ kind }) => kind === "forget")!;
  await assert.rejects(
    door.command({ command: "UNDO", position: forgotten.position }),
    /cannot be brought back: nothing of it is kept/,
  );
  await assert.rejects(
    door.command({ command: "UNDO", position: made }),
    /would be lost: "forget something"/,
  );
  await assert.rejects(forget(image, oid), /There is no object/);
  await assert.rejects(forget(image, "genesis"), /Cannot forget "genesis" as the image lives by it/);
});

Deno.test("FO3 who refers to it does so no more; who quotes it is named and left as it is", async () => {
  await using image = await openTestImage();
  const { door } = image;
  const oid = await remember(image, SECRET);
  const { result } = await door.command({
    command: "EXTEND",
    object: "concept_fractal_prototype",
    name: "cooking",
  });
  const concept = (result as { oid: string }).oid;
  await door.command({
    command: "SET_SLOT",
    object: "cooking",
    slot: "abstraction_of",
    value: [oid, "another"],
  });
  await door.command({ command: "SET_SLOT", object: "cooking", slot: "best", value: { $ref: oid } });
  const quoting = await remember(image, `She said: ${SECRET}.`);
  const { state, quotedBy, unlinked } = await forget(image, oid);
  assert.equal(state, "erased");
  assert.deepEqual(quotedBy, [quoting]);
  assert.deepEqual(unlinked, [concept]);
  const { slots } = await door.object("cooking");
  assert.deepEqual(slots.abstraction_of, ["another"]);
  assert.equal("best" in slots, false);
  assert.match((await door.recall({ q: "marmalade" }))[0]!.text, /She said/);
});

for (const point of ["forget.masked", "forget.rewritten", "forget.compacted"]) {
  Deno.test(`FO4 killed at ${point}, it is erased when the image is opened again`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "telos-forget-" });
    try {
      let oid = "";
      {
        await using image = await openTestImage({ folder });
        await remember(image, "the harbour was quiet on the first of May");
        oid = await remember(image, SECRET);
      }
      const { signal, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--unstable-kv",
          "--no-check",
          new URL("./forgetting_child.ts", import.meta.url).pathname,
          folder,
          oid,
          point,
        ],
      }).output();
      assert.equal(signal, "SIGKILL", new TextDecoder().decode(stdout));
      await using image = await openTestImage({ folder });
      await assert.rejects(image.door.object(oid), /There is no object/);
      const deadline = Date.now() + 15_000;
      const isPending = async () =>
        ((await image.image.store.get<string[]>(["meta", "forgetting"]))?.value ?? []).length > 0;
      while (await isPending() && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(await isPending(), false);
      for (const words of WORDS) assert.deepEqual(await filesWith(folder, words), []);
      assert.deepEqual((await image.door.verify()).problems, []);
      assert.equal((await image.door.recall({ q: "harbour" })).length > 0, true);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("FO5 many that are forgotten at once are all erased, and thoughts made meanwhile are kept", async () => {
  await using image = await openTestImage();
  const { door, folder } = image;
  const oids: string[] = [];
  for (let n = 0; n < 5; n++) oids.push(await remember(image, `${SECRET}, version ${n}`));
  const forgotten = oids.map((oid) => forget(image, oid));
  const kept = await Promise.all(
    [1, 2, 3, 4].map((n) => remember(image, `a quiet day in the harbour, number ${n}`)),
  );
  for (const { state } of await Promise.all(forgotten)) assert.equal(state, "erased");
  for (const words of WORDS) assert.deepEqual(await filesWith(folder, words), []);
  for (const oid of kept) assert.equal((await door.object(oid)).oid, oid);
});

Deno.test("FO8 that erasing is under way stands in health and on the stream until it is done", async () => {
  await using image = await openTestImage();
  const { door } = image;
  const works: string[] = [];
  const over = new AbortController();
  const reading = (async () => {
    for await (const { event } of door.events({ signal: over.signal })) {
      if (event.command !== "SYSTEM_STATUS_UPDATE") continue;
      works.push((event.health.works ?? []).map(({ what }) => what).join(" "));
    }
  })();
  await forget(image, await remember(image, SECRET));
  assert.deepEqual((await door.health()).works, []);
  while (works.at(-1) !== "" || !works.includes("erase")) await new Promise((next) => setTimeout(next, 10));
  const { result } = await door.command({ command: "STOP_WORK", work: "erase" });
  assert.deepEqual(result, { stopped: false });
  over.abort();
  await reading;
});

Deno.test("FO6 while somebody reads an old state it is forgotten and never called erased; then it is tried again", async () => {
  await using image = await openTestImage();
  const { folder } = image;
  const oid = await remember(image, SECRET);
  const reader = new DatabaseSync(`${folder}/image.kv`);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM kv").get();
  try {
    assert.equal((await forget(image, oid)).state, "forgotten");
  } finally {
    reader.close();
  }
  await assert.rejects(image.door.object(oid), /There is no object/);
  assert.deepEqual(await filesWith(`${folder}/lexical.sqlite`, "quinc"), []);
  const until = Date.now() + 30_000;
  const left = async () => (await Promise.all(WORDS.map((words) => filesWith(folder, words)))).flat();
  while ((await left()).length > 0 && Date.now() < until) await new Promise((go) => setTimeout(go, 200));
  assert.deepEqual(await left(), [], "by itself");
  const other = await remember(image, "something else that nobody must know");
  assert.equal((await forget(image, other)).state, "erased");
  assert.deepEqual(await filesWith(folder, "nobody must know"), []);
});

Deno.test("FO1 the backup after a forgetting is full, also when one was made before all of it was overwritten", async () => {
  const backups = await Deno.makeTempDir({ prefix: "telos-forget-" });
  let made: Promise<BackupResult> | null = null;
  const backUp = () =>
    takeBackup(image.image.store.beneath, { folder: backups, imageId: image.image.store.imageId });
  await using image = await openTestImage({
    crash: (point) => void (point === "forget.masked" && (made ??= backUp())),
  });
  const oid = await remember(image, SECRET);
  assert.equal((await forget(image, oid)).state, "erased");
  const meanwhile: BackupResult = await made!;
  assert.equal(meanwhile.kind, "full");
  const { kind, why } = await backUp();
  assert.deepEqual([kind, why], ["full", "something was forgotten since"]);
  await Deno.remove(backups, { recursive: true });
});

Deno.test("FO7 an answer that may be made of what is forgotten meanwhile is not kept, and says why", async () => {
  await using talk = await openTalk();
  const { door, mind, folder } = talk;
  const oid = await remember(talk, SECRET);
  const deleted = await remember(talk, "the quinces of the marmalade are yellow");
  const follower = await Follower.join(door);
  await talk.ask("What is in the marmalade?");
  mind.say("Three ");
  await follower.until("PERSONA_RESPONSE_PARTIAL");
  await door.command({ command: "DELETE", object: deleted });
  assert.equal((await forget(talk, oid)).state, "erased");
  mind.say("quinces");
  mind.end();
  const { reason } = await follower.until("ANSWER_ABORTED");
  assert.match(reason, /forgotten meanwhile/);
  assert.deepEqual(await filesWith(folder, "saffron"), []);

  await talk.ask("What is in the marmalade?");
  mind.say("I do not know");
  mind.end();
  await follower.until("PERSONA_RESPONSE_COMPLETE");
  await follower.leave();
});

Deno.test("FO7 what is deleted meanwhile, and can be brought back, stops no answer", async () => {
  await using talk = await openTalk();
  const { door, mind } = talk;
  const oid = await remember(talk, SECRET);
  const follower = await Follower.join(door);
  await talk.ask("What is in the marmalade?");
  mind.say("Three ");
  await follower.until("PERSONA_RESPONSE_PARTIAL");
  await door.command({ command: "DELETE", object: oid });
  mind.end();
  assert.deepEqual((await follower.until("PERSONA_RESPONSE_COMPLETE")).memories.map((hit) => hit.oid), [oid]);
  await follower.leave();
});

Deno.test("FO7 a method whose writer was shown what is forgotten meanwhile is not kept, and says why", async () => {
  for (const policy of ["auto", "ask"]) {
    let oid = "";
    await using scene = await openScene([
      async (request, body) => {
        assert.equal((await forget(scene.test, oid)).state, "erased");
        return await says(JSON.stringify(volume))(request, body);
      },
    ]);
    await scene.policy(policy);
    oid = await remember(scene.test, `the volume of a square: ${SECRET}`);
    const { message } = await failure(scene.send("square", "volume", 2));
    assert.match(message, /forgotten meanwhile/, policy);
    assert.deepEqual(await filesWith(scene.test.folder, "saffron"), [], policy);
  }
});

Deno.test("FO1 what has more texts than a call takes arguments is forgotten too", async () => {
  await using image = await openTestImage();
  const { door } = image;
  await door.command({ command: "EXTEND", object: "counter", name: "list" });
  const value = Array.from({ length: 150_000 }, () => "a");
  await door.command({ command: "SET_SLOT", object: "list", slot: "words", value });
  assert.equal((await forget(image, "list")).state, "erased");
});
