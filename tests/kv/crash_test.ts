import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FolderError, keys, LockedError, openStore } from "../../kv/mod.ts";
import { collect, peek, poke, put, see, withDatabase, withFolder } from "./support.ts";

const child = fileURLToPath(new URL("crash_child.ts", import.meta.url));

function spawn(folder: string, mode: string, point: string, passes: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--unstable-kv", "-A", child, folder, mode, point, String(passes)],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

interface Ended {
  readonly acknowledged: number;
  readonly signal: string | null;
}

async function runToCrash(folder: string, mode: string, point: string, passes: number): Promise<Ended> {
  const output = await spawn(folder, mode, point, passes).output();
  const text = new TextDecoder().decode(output.stdout);
  assert.match(text, /^opened/, new TextDecoder().decode(output.stderr));
  return { acknowledged: text.match(/acknowledged/g)?.length ?? 0, signal: output.signal };
}

/** What must hold of the image whatever happened: all of each thought or nothing of it, history included. */
async function verify(folder: string, size: number): Promise<number> {
  const store = await openStore({ folder });
  try {
    const done = await see<number>(store, "sum") ?? 0;
    const log = await store.log();
    assert.equal(log.length, done, "the log has what the image has");
    if (done === 0) {
      assert.deepEqual(await collect(store.list(["object"])), []);
      return 0;
    }
    const last = done - 1;
    assert.deepEqual(await see(store, "blob"), { n: last, text: "b".repeat(70_000) });
    for (const row of [last % 2, ...(done > 1 ? [(last + 1) % 2] : [])]) {
      const expected = row === last % 2 ? last : last - 1;
      const values = await collect(
        store.list<{ n: number }>(["object"], { start: keys.object(`o${row}`), limit: size }),
      );
      assert.equal(values.length, size);
      assert.ok(
        values.every(({ value }) => value.n === expected),
        `all of row ${row} are of thought ${expected}`,
      );
    }
    const once = await collect(store.list<number>(["object"], { start: keys.object("once") }));
    assert.deepEqual(once.map(({ value }) => value).filter((value) => value !== done), [last]);
    for (const [n, { position, changes }] of log.entries()) {
      assert.equal(await store.asOf(position).get(keys.object("sum")), n + 1);
      assert.equal((await store.asOf(position).get<{ n: number }>(keys.object("blob")))!.n, n);
      assert.equal(changes.length, size + (n > 0 ? 4 : 3));
    }
    await put(store, "after", "life goes on");
    assert.equal(await see(store, "after"), "life goes on");
    return done;
  } finally {
    await store.close();
  }
}

const points = ["validated", "voted", "staged", "decided", "applied", "published"].map((point) =>
  `commit.${point}`
);

for (const [mode, size] of [["small", 3], ["large", 2_500], ["heavy", 2_500]] as const) {
  for (const point of mode === "heavy" ? points.slice(2, 5) : points) {
    Deno.test(`KV40 SIGKILL at ${point} of a ${mode} thought: all acknowledged is there, nothing is half there`, () =>
      withFolder(async (folder) => {
        const ended = await runToCrash(folder, mode, point, 3);
        // A large thought is acknowledged once it is decided, and applied behind that.
        const acknowledged = mode !== "small" && point === "commit.applied" ? 3 : 2;
        assert.deepEqual(ended, { acknowledged, signal: "SIGKILL" });
        const done = await verify(folder, size);
        assert.equal(done, ["commit.validated", "commit.voted", "commit.staged"].includes(point) ? 2 : 3);
        const left = await withDatabase(folder, (kv) => collect(kv.list({ prefix: ["redo"] })));
        assert.equal(left.length, 0, "no redo is left");
      }));
  }
}

Deno.test("KV41 a redo that was interrupted half way is finished by whoever opens the image", () =>
  withFolder(async (folder) => {
    await runToCrash(folder, "large", "commit.decided", 1);
    await withDatabase(folder, async (kv) => {
      assert.ok((await peek<{ redo?: unknown }>(kv, keys.head()))?.redo);
      assert.equal(await peek(kv, keys.object("sum")), null, "it is decided and not applied");
      await poke(kv, keys.object("o0-7"), { n: 0, text: "t".repeat(40) });
    });
    assert.equal(await verify(folder, 2_500), 1);
  }));

Deno.test("KV42 two processes cannot have one image open, and a crash frees it", () =>
  withFolder(async (folder) => {
    const holder = spawn(folder, "hold", "never", 1);
    const reader = holder.stdout.getReader();
    await reader.read();
    const unnamed = await openStore({ folder }).then(() => null, (cause) => cause);
    assert.ok(unnamed instanceof LockedError, String(unnamed));
    await Deno.writeTextFile(
      `${folder}/server.json`,
      JSON.stringify({ pid: holder.pid, url: "http://127.0.0.1:1" }),
    );
    const named = await openStore({ folder }).then(() => null, (cause) => cause);
    assert.ok(named instanceof LockedError);
    assert.match(named.message, new RegExp(`process ${holder.pid} at http://127.0.0.1:1`));
    assert.deepEqual(named.details, { folder, pid: holder.pid, url: "http://127.0.0.1:1" });
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await holder.stderr.cancel();
    const store = await openStore({ folder });
    await put(store, "a", 1);
    await store.close();
  }));

Deno.test("KV42 a holder that is half-written, or of another form, stays unnamed, and one that cannot be read is said to be so", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    for (const text of ["", '{"pid": 1', '{"pid": "one"}', "[]"]) {
      await Deno.writeTextFile(`${folder}/server.json`, text);
      const unnamed = await openStore({ folder }).then(() => null, (cause) => cause);
      assert.ok(unnamed instanceof LockedError, `${text}: ${unnamed}`);
      assert.deepEqual(unnamed.details, { folder });
    }
    await Deno.remove(`${folder}/server.json`);
    await Deno.mkdir(`${folder}/server.json`);
    await assert.rejects(openStore({ folder }), FolderError);
    await store.close();
  }));

Deno.test("KV42 a second opening in the same process is refused, and closing frees the image", () =>
  withFolder(async (folder) => {
    const store = await openStore({ folder });
    await assert.rejects(openStore({ folder }), LockedError);
    await put(store, "a", 1);
    await store.close();
    await (await openStore({ folder })).close();
  }));
