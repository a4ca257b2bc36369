import assert from "node:assert/strict";
import { COMMIT_CRASH_POINTS } from "../../actors/system/mod.ts";
import { keys, openStore } from "../../kv/mod.ts";
import { checkImage, storedSlot } from "../../scripts/torture/check_image.ts";
import { chooseSeed, randomFrom } from "../support/random.ts";
import type { RecallHit } from "../../ui/protocol.ts";
import type { Server } from "./server.ts";
import { eventually, exists, Telos } from "./telos.ts";
import { type Acknowledged, Load } from "./load.ts";

const KILLS = 8;

/** Everything acknowledged is in the server that was started again, and what a command did is there as a whole. */
async function checkServed(server: Server, load: Load): Promise<void> {
  for (const [name, { acknowledged, attempted }] of load.pairs) {
    const { slots } = await server.object(name);
    assert.equal(slots.left, slots.right, `${name} is half done`);
    assert.ok(
      (slots.left as number) >= acknowledged && (slots.left as number) <= attempted,
      `${name}: ${slots.left}`,
    );
  }
  for (const [name, { acknowledged, attempted }] of load.steps) {
    const { step } = (await server.object(name)).slots;
    assert.ok((step as number) >= acknowledged && (step as number) <= attempted, `${name}: ${step}`);
  }
  const { count } = (await server.object("counter")).slots;
  const { acknowledged, attempted } = load.counter;
  assert.ok(
    (count as number) >= acknowledged && (count as number) <= attempted,
    `the counter is at ${count}`,
  );
  assert.equal((await server.health()).image.quarantined, 0);
}

/** The same in the store, when nobody has it open. */
async function checkStored(folder: string, all: readonly Acknowledged[]): Promise<void> {
  const store = await openStore({ folder });
  try {
    assert.deepEqual(await checkImage(store), []);
    for (const { position, what, oid, text } of all) {
      assert.ok(
        await store.logEntry(position),
        `${position} (${what}) was acknowledged and is not in the log`,
      );
      if (what === "made") assert.ok(await store.get(keys.object(oid!)), `${oid} was made and is gone`);
      if (what === "remembered") assert.equal(await storedSlot(store, oid!, "text_chunk"), text);
    }
  } finally {
    await store.close();
  }
}

async function checkRecalled(server: Server, all: readonly Acknowledged[]): Promise<void> {
  const remembered = all.filter(({ what }) => what === "remembered");
  assert.ok(remembered.length > 0, "nothing was remembered before the kills");
  for (const { oid, text } of remembered.slice(-15)) {
    const hits = await eventually(
      () => server.get<RecallHit[]>(`/api/recall?k=5&q=${encodeURIComponent(text!)}`),
      (found) => found.length > 0,
    );
    assert.ok(hits.some((hit) => hit.oid === oid), `"${text}" is not recalled`);
  }
}

/** The processes that a process has started, where the system tells. */
async function childrenOf(pid: number): Promise<string[]> {
  if (Deno.build.os !== "linux") return [];
  const children: string[] = [];
  for await (const thread of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${thread.name}/children`);
    children.push(...text.trim().split(/\s+/).filter((each) => each !== ""));
  }
  return children;
}

/** A process that nobody waits for is dead, though its number may be taken. */
async function lives(pid: string): Promise<boolean> {
  if (!await exists(`/proc/${pid}`)) return false;
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "State:\tX";
    throw error;
  });
  return !/^State:\s+[ZX]/m.test(status);
}

Deno.test("PR20 killed at random moments under load, it has everything acknowledged and nothing half done", async () => {
  const random = randomFrom(chooseSeed("kills of the program"));
  await using telos = await Telos.create();
  const load = new Load(telos);
  await load.prepare();
  let server = await telos.start();
  for (let kill = 0; kill < KILLS; kill++) {
    const afterMs = random() * 20;
    const working = load.work(server);
    await load.acknowledgedBy(1 + Math.floor(random() * 40));
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    const children = await childrenOf(server.child.pid);
    await server.kill();
    await working;
    await eventually(
      async () => (await Promise.all(children.map(lives))).filter(Boolean).length,
      (alive) => alive === 0,
    );
    server = await telos.start();
    await checkServed(server, load);
  }
  await checkRecalled(server, load.all);
  assert.equal((await server.stop()).code, 0);
  await checkStored(telos.image, load.all);
  console.log(`acknowledged before the kills: ${load.summary()}`);
});

Deno.test("PR21 killed at each point of a commit, it has everything acknowledged and nothing half done", async () => {
  const random = randomFrom(chooseSeed("crash points of the program"));
  await using telos = await Telos.create();
  const load = new Load(telos);
  await load.prepare();
  for (const point of COMMIT_CRASH_POINTS) {
    const env = { TELOS_TEST: "1", TELOS_CRASH_AT: `${point}:${3 + Math.floor(random() * 20)}` };
    const server = await telos.start({ env });
    await checkServed(server, load);
    await load.work(server);
    const { code } = await server.ended;
    assert.equal(code, 128 + 9, `${point}: it was not killed, and ended with ${code}`);
  }
  const server = await telos.start();
  await checkServed(server, load);
  await checkRecalled(server, load.all);
  assert.equal((await server.stop()).code, 0);
  await checkStored(telos.image, load.all);
});

Deno.test("PR22 a crash point is nothing to a program that is not under test", async () => {
  await using telos = await Telos.create({ env: { TELOS_CRASH_AT: "commit.decided:1" } });
  assert.equal(await telos.did("send", "counter", "increment"), "1\n");
});
