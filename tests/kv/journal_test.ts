import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FolderError, Journal, keys, RefusedError } from "../../kv/mod.ts";
import { openLedger } from "../../scripts/torture/ledger.ts";
import { see, someone, withFolder } from "./support.ts";

const refusing = { name: "no", vote: () => ({ ok: false, reason: "no" }) as const, finish() {}, abort() {} };

async function sizeOf(folder: string): Promise<number> {
  return (await Deno.stat(`${folder}/ledger.journal`)).size;
}

Deno.test("KV85 a file writer takes part: its change is there when the thought is, and the journal is empty again", () =>
  withFolder(async (folder) => {
    await using opened = await openLedger(folder);
    const { store, ledger } = opened;
    await store.commit(someone, (thought) => {
      thought.set(keys.object("a"), 1);
      ledger.write(thought, "one", "first");
      ledger.write(thought, "two", "second");
    });
    assert.deepEqual([await ledger.read("one"), await ledger.read("two")], ["first", "second"]);
    assert.equal(await sizeOf(folder), 0);
    await Promise.all(Array.from({ length: 20 }, (_, n) =>
      store.commit(someone, (thought) => {
        thought.set(keys.object(`o${n}`), n);
        ledger.write(thought, `p${n}`, `${n}`);
      })));
    for (let n = 0; n < 20; n++) assert.equal(await ledger.read(`p${n}`), `${n}`);
    const log = await store.log({ after: (await store.log({ limit: 1 }))[0]!.position });
    const written = log.map(({ changes }) => `p${(changes[0]!.key[1] as string).slice(1)}`);
    assert.deepEqual(ledger.applied.slice(2), written, "applied in the order of the commits");
    assert.equal(await sizeOf(folder), 0);
  }));

Deno.test("KV85 a thought that another participant refuses changes no file, and nothing of it is left in the journal", () =>
  withFolder(async (folder) => {
    await using opened = await openLedger(folder);
    const { store, ledger } = opened;
    await assert.rejects(
      store.commit(someone, (thought) => {
        thought.set(keys.object("a"), 1);
        ledger.write(thought, "one", "first");
        thought.join(refusing);
      }),
      RefusedError,
    );
    assert.deepEqual([await see(store, "a"), await ledger.read("one"), await sizeOf(folder)], [
      null,
      null,
      0,
    ]);
  }));

Deno.test("KV86 a change that is too large for the journal, or cannot be stored, is a refusal, and nothing is written", () =>
  withFolder(async (folder) => {
    await using opened = await openLedger(folder);
    const { store, ledger } = opened;
    for (const text of ["x".repeat(17 * 1024 * 1024), (() => "x") as unknown as string]) {
      await assert.rejects(
        store.commit(someone, (thought) => {
          thought.set(keys.object("a"), 1);
          ledger.write(thought, "one", text);
        }),
        (error) => error instanceof RefusedError && error.details.participant === "ledger",
      );
    }
    assert.deepEqual([await see(store, "a"), await sizeOf(folder)], [null, 0]);
  }));

Deno.test("KV86 what was decided and cannot be applied is reported, refuses what comes after, and is done at the next opening", () =>
  withFolder(async (folder) => {
    {
      await using opened = await openLedger(folder);
      const { store, ledger, reported } = opened;
      ledger.fault = new Error("no space left");
      const write = (n: number) =>
        store.commit(someone, (thought) => {
          thought.set(keys.object("n"), n);
          ledger.write(thought, "page", `${n}`);
        });
      await write(1);
      assert.match(String((reported[0] as Error).cause), /no space left/);
      await assert.rejects(
        write(2),
        (error) => error instanceof RefusedError && error.details.reasonCode === "journal_owes",
      );
      await store.commit(someone, (thought) => thought.set(keys.object("other"), 1));
      assert.deepEqual([await see(store, "n"), await ledger.read("page")], [1, null]);
    }
    await using again = await openLedger(folder);
    assert.deepEqual(again.ledger.journal.recovery, { applied: 1, dropped: 0, torn: false });
    assert.equal(await again.ledger.read("page"), "1");
  }));

const child = fileURLToPath(new URL("journal_child.ts", import.meta.url));

for (
  const [point, decided, recovery] of [
    ["journal.torn", 2, { applied: 0, dropped: 0, torn: true }],
    ["journal.fsynced", 2, { applied: 0, dropped: 1, torn: false }],
    ["commit.voted", 2, { applied: 0, dropped: 1, torn: false }],
    ["commit.decided", 3, { applied: 1, dropped: 0, torn: false }],
    ["commit.applied", 3, { applied: 1, dropped: 0, torn: false }],
    ["commit.published", 3, { applied: 0, dropped: 0, torn: false }],
  ] as const
) {
  Deno.test(`KV87 SIGKILL at ${point}: the file has what the log has, all of it and no more`, () =>
    withFolder(async (folder) => {
      const { stdout, stderr, signal } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--unstable-kv", "-A", child, folder, point, "3"],
      }).output();
      assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
      assert.equal(new TextDecoder().decode(stdout).match(/acknowledged/g)?.length, 2);
      await using opened = await openLedger(folder);
      const { store, ledger } = opened;
      assert.deepEqual(ledger.journal.recovery, recovery);
      assert.equal((await store.log()).length, decided);
      assert.equal(await see(store, "n"), decided - 1);
      for (const n of [decided - 1, decided - 2]) {
        assert.equal(await ledger.read(`page${n % 2}`), `thought ${n} `.repeat(500));
      }
      assert.equal(await sizeOf(folder), 0);
    }));
}

Deno.test("KV87 a journal of which a byte in the middle is altered gives what is whole before it, and says that it is torn", () =>
  withFolder(async (folder) => {
    {
      await using opened = await openLedger(folder);
      opened.ledger.fault = new Error("stuck");
      const write = (page: string) =>
        opened.store.commit(someone, (thought) => opened.ledger.write(thought, page, page.repeat(300)));
      await Promise.all([write("first"), write("second")]);
    }
    const path = `${folder}/ledger.journal`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 100]! ^= 1;
    await Deno.writeFile(path, bytes);
    await using again = await openLedger(folder);
    assert.deepEqual(again.ledger.journal.recovery, { applied: 1, dropped: 0, torn: true });
  }));

Deno.test("KV87 a journal that cannot be opened is a typed error, and one whose apply fails at opening stays as it is", () =>
  withFolder(async (folder) => {
    {
      await using opened = await openLedger(folder);
      opened.ledger.fault = new Error("stuck");
      await opened.store.commit(someone, (thought) => opened.ledger.write(thought, "one", "first"));
    }
    const before = await Deno.readFile(`${folder}/ledger.journal`);
    {
      await using opened = await openLedger(`${folder}/other`);
      const { store } = opened;
      const options = { name: "ledger", store, apply: () => {} };
      await assert.rejects(Journal.open({ ...options, path: `${folder}/none/journal` }), FolderError);
    }
    await Deno.remove(`${folder}/pages`, { recursive: true });
    await Deno.writeTextFile(`${folder}/pages`, "a file where the folder was");
    await assert.rejects(openLedger(folder));
    assert.deepEqual(await Deno.readFile(`${folder}/ledger.journal`), before);
    await Deno.remove(`${folder}/pages`);
    await using again = await openLedger(folder);
    assert.equal(await again.ledger.read("one"), "first");
  }));
