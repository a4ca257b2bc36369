import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { COMMIT_CRASH_POINTS } from "../../../actors/system/mod.ts";
import { keys, openStore, type Store, type Thought as KvThought } from "../../../kv/mod.ts";
import { checkImage, storedSlot } from "../../../scripts/torture/check_image.ts";
import { openTestImage } from "../../support/image.ts";
import { chooseSeed, randomFrom } from "../../support/random.ts";
import { TextLineStream } from "../../support/text_lines.ts";
import { type Acknowledged, BROOD } from "./crash_child.ts";

type Thought = Exclude<Acknowledged, { ready: true }>;

const child = fileURLToPath(new URL("crash_child.ts", import.meta.url));
const config = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** Runs the child until it is killed, at its own crash point or as `kill` says. @returns what it acknowledged */
async function runUntilKilled(
  run: { folder: string; name: string; seed: number; only?: "broods"; environment?: Record<string, string> },
  kill?: { readonly afterThoughts: number; readonly afterMs: number },
): Promise<Thought[]> {
  const args = [run.folder, run.name, String(run.seed), ...(run.only === undefined ? [] : [run.only])];
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--quiet",
      `--config=${config}`,
      child,
      ...args,
    ],
    env: { TELOS_TEST: "1", ...run.environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(process.stderr).text();
  const acknowledged: Thought[] = [];
  for await (const line of process.stdout.pipeThrough(new TextLineStream())) {
    const said = JSON.parse(line) as Acknowledged;
    if ("ready" in said) continue;
    acknowledged.push(said);
    if (acknowledged.length === kill?.afterThoughts) setTimeout(() => process.kill("SIGKILL"), kill.afterMs);
  }
  const { signal } = await process.status;
  assert.equal(signal, "SIGKILL", await complaints);
  return acknowledged;
}

/** Everything that was acknowledged is there. A writer's next step may be there too, whole. */
async function checkAcknowledged(store: Store, acknowledged: readonly Thought[]): Promise<void> {
  const last = new Map<string, Thought>();
  const deleted = new Set<string>();
  for (const thought of acknowledged) {
    const entry = await store.logEntry(thought.position);
    assert.ok(entry, `${thought.position} was acknowledged and is not in the log`);
    last.set(`${thought.writer} ${thought.what}`, thought);
    if (thought.what === "deleted") deleted.add(thought.oid);
    if (thought.what === "made" && thought.value === null && !deleted.has(thought.oid)) {
      // It may have been deleted in the moment of the kill; then its history says so.
      const [newest] = await store.changesOf(keys.object(thought.oid), { newest: true, limit: 1 });
      assert.ok(newest! >= thought.position);
    }
    if (thought.what === "deleted") assert.equal(await store.get(keys.object(thought.oid)), null);
    if (thought.what === "brood") {
      let children = 0;
      for await (const _ of store.list(keys.children(thought.oid))) children++;
      assert.equal(children, BROOD);
    }
    if (thought.what === "remembered") {
      assert.equal(await storedSlot(store, thought.oid, "text_chunk"), thought.value);
    }
  }
  const atLeast = async (thought: Thought, slot: string) => {
    const value = await storedSlot(store, thought.oid, slot);
    assert.ok(
      typeof value === "number" && value >= (thought.value as number),
      `${slot} of ${thought.oid}: ${value}`,
    );
  };
  for (const thought of last.values()) {
    if (thought.what === "set") await atLeast(thought, "step");
    if (thought.what === "pair") await atLeast(thought, "pair");
    if (thought.what === "sent") await atLeast(thought, "count");
    if (thought.what === "moved") {
      const place = await store.get<{ x: number; y: number }>(keys.morph("main", thought.oid));
      assert.ok(
        place !== null && place.value.x >= (thought.value as number) && place.value.y === -place.value.x,
      );
    }
  }
}

/** Both halves of each pair are equal: one thought set them. */
async function checkPairs(store: Store, acknowledged: readonly Thought[]): Promise<void> {
  for (const { what, oid, value } of acknowledged) {
    if (what !== "made" || value === null) continue;
    for await (const { key } of store.list(keys.children(oid))) {
      const twin = key.at(-1) as string;
      assert.equal(await storedSlot(store, twin, "pair"), await storedSlot(store, oid, "pair"));
    }
  }
}

async function checkAfterCrash(folder: string, acknowledged: readonly Thought[]): Promise<void> {
  const store = await openStore({ folder });
  try {
    assert.deepEqual(await checkImage(store), []);
    await checkAcknowledged(store, acknowledged);
    await checkPairs(store, acknowledged);
  } finally {
    await store.close();
  }
}

Deno.test("SY9 killed at any point of a commit, the image has everything acknowledged and nothing half done", async () => {
  const seed = chooseSeed("crash points");
  const folder = await Deno.makeTempDir({ prefix: "telos-crash-" });
  const all: Thought[] = [];
  for (const [n, point] of COMMIT_CRASH_POINTS.entries()) {
    const environment = { TELOS_CRASH_AT: `${point}:${20 + Math.floor(randomFrom(seed + n)() * 60)}` };
    all.push(...await runUntilKilled({ folder, name: point, seed: seed + n, environment }));
    await checkAfterCrash(folder, all);
  }
  assert.ok(all.length > 60, `only ${all.length} thoughts were acknowledged`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY9 killed between the decision of a large thought and its end, the thought is whole", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-crash-" });
  const all: Thought[] = [];
  let decided = 0;
  for (const point of ["commit.staged", "commit.decided", "commit.applied"]) {
    // The four writers make two objects each before their first large thought.
    const environment = { TELOS_CRASH_AT: `${point}:12` };
    all.push(...await runUntilKilled({ folder, name: point, seed: 1, only: "broods", environment }));
    await checkAfterCrash(folder, all);
    const store = await openStore({ folder });
    const [last] = await store.log({ newest: true, limit: 1 });
    await store.close();
    const isAcknowledged = all.some(({ position }) => position === last!.position);
    if (last!.changes.length > BROOD && !isAcknowledged) decided++;
  }
  assert.ok(decided > 0, "no large thought was decided in the moment of a kill");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SY9 what does not fit together in an image is seen", async () => {
  await using test = await openTestImage();
  const { store, world } = test.image;
  assert.deepEqual(await checkImage(store), []);
  const oid = await world.resolve("square");
  const stored = (await store.get<object>(keys.object(oid)))!.value;
  const rectangle = await world.resolve("rectangle");
  const breaks: [RegExp, (thought: KvThought) => void][] = [
    [/name square does not lead/, (thought) => thought.delete(keys.name("square"))],
    [/name nobody leads to/, (thought) => thought.set(keys.name("nobody"), oid)],
    [/child .* is not indexed/, (thought) => thought.delete(keys.child(rectangle, oid))],
    [/child .* is no child/, (thought) => thought.set(keys.child(oid, rectangle), true)],
    [
      /morph.* is of an object that is gone/,
      (thought) => thought.set(keys.morph("main", "gone"), { x: 1, y: 1 }),
    ],
    [/does not validate/, (thought) => thought.set(keys.object(oid), { ...stored, snapshot: {} })],
  ];
  for (const [fault, spoil] of breaks) {
    await store.commit({ who: "test", why: "spoil it" }, spoil);
    const faults = await checkImage(store);
    assert.ok(faults.some((each) => fault.test(each)), `${fault}: ${faults.join("; ")}`);
  }
});

Deno.test("SY9 killed at random moments under load, again and again, it loses nothing that was acknowledged", async () => {
  const seed = chooseSeed("random kills");
  const folder = await Deno.makeTempDir({ prefix: "telos-kills-" });
  const random = randomFrom(seed);
  const all: Thought[] = [];
  for (let kill = 0; kill < 20; kill++) {
    const moment = { afterThoughts: 1 + Math.floor(random() * 60), afterMs: random() * 20 };
    const said = await runUntilKilled({ folder, name: String(kill), seed: seed + kill * 10 }, moment);
    all.push(...said);
    await checkAfterCrash(folder, said);
  }
  await checkAfterCrash(folder, all);
  const counts = Object.entries(Object.groupBy(all, ({ what }) => what)).map(([what, of]) =>
    `${of.length} ${what}`
  );
  console.log(`acknowledged before the kills: ${counts.join(", ")}`);
  {
    await using test = await openTestImage({ folder });
    const remembered = all.filter(({ what }) => what === "remembered").slice(-20);
    for (const { oid, value } of remembered) {
      const hits = await test.door.recall({ q: String(value), k: 5 });
      assert.ok(hits.some((hit) => hit.oid === oid), `"${value}" is not recalled`);
    }
    assert.equal((await test.door.health()).image.quarantined, 0);
  }
  assert.ok(all.length > 100, `only ${all.length} thoughts were acknowledged`);
  await Deno.remove(folder, { recursive: true });
});
