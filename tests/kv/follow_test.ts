import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type CommittedThought, keys, openStore, type Store } from "../../kv/mod.ts";
import { collect, someone, withFolder, withStore } from "./support.ts";
import { smallForms } from "./verify_support.ts";

const follows = { follows: true };

/** The values here are no objects, and that is not asked. */
async function problemsOf(store: Store) {
  const { problems } = await store.verify({ forms: smallForms });
  return problems.filter(({ kind }) => kind !== "wrong_form");
}

function count(
  store: Store,
  oid = "n",
  extra: (thought: { set(key: Deno.KvKey, value: unknown): void }) => void = () => {},
) {
  return store.commit(someone, async (thought) => {
    const before = await thought.get<number>(keys.object(oid)) ?? 0;
    thought.set(keys.object(oid), before + 1);
    extra(thought);
    return before;
  }, follows);
}

Deno.test("KV31 thoughts that follow each other share an operation, each with what the one before it left", () =>
  withStore(async (store) => {
    await count(store);
    const before = store.stats().atomics;
    const done = await Promise.all(Array.from({ length: 64 }, () => count(store)));
    assert.ok(store.stats().atomics - before < 10, `${store.stats().atomics - before} operations`);
    const inOrder = done.toSorted((a, b) => a.position < b.position ? -1 : 1);
    assert.deepEqual(inOrder.map(({ value }) => value), inOrder.map((_, n) => n + 1));
    for (const [n, { position }] of inOrder.entries()) {
      assert.equal((await store.logEntry(position))!.changes[0]!.before, n + 1);
      assert.equal(await store.asOf(position).get(keys.object("n")), n + 2);
    }
    const positions = inOrder.map(({ position }) => position);
    assert.deepEqual((await store.changesOf(keys.object("n"), { limit: 100 })).slice(1), positions);
    await store.flushVersions();
    assert.equal(await store.asOf(positions[30]!).get(keys.object("n")), 32);
    assert.deepEqual(await problemsOf(store), []);
  }));

Deno.test("KV31 what follows a thought that is refused is applied again", () =>
  withStore(async (store) => {
    await count(store);
    refusePoison(store);
    const tries = Array.from({ length: 24 }, (_, n) =>
      count(store, "n", (thought) => {
        if (n % 5 === 3) thought.set(keys.object("poison"), n);
      }));
    const settled = await Promise.allSettled(tries);
    const refused = settled.flatMap(({ status }, n) => status === "rejected" ? [n] : []);
    assert.deepEqual(refused, [3, 8, 13, 18, 23]);
    const kept = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    assert.deepEqual(
      kept.toSorted((a, b) => a.position < b.position ? -1 : 1).map(({ value }) => value),
      kept.map((_, n) => n + 1),
    );
    assert.equal((await store.get(keys.object("n")))?.value, 1 + kept.length);
  }));

Deno.test("KV31 what a thought answers or throws without writing never rests on what is not decided", () =>
  withStore(async (store) => {
    await count(store);
    refusePoison(store);
    const poisoned = count(store, "n", (thought) => thought.set(keys.object("poison"), 1));
    const second = count(store);
    const read = store.commit(someone, async (thought) => await thought.get(keys.object("n")), follows);
    const thrown = store.commit(someone, async (thought) => {
      throw new Error(`saw ${await thought.get(keys.object("n"))}`);
    }, follows);
    const [, , seen, threw] = await Promise.allSettled([poisoned, second, read, thrown]);
    const committed = new Set([1, 2]);
    assert.ok(seen.status === "fulfilled" && committed.has(seen.value.value as number), String(seen));
    assert.ok(threw.status === "rejected" && /saw [12]$/.test(threw.reason.message), String(threw));
    assert.equal((await store.get(keys.object("n")))?.value, 2);
  }));

/** The database refuses whatever writes the object "poison", and all that is in the same operation. */
function refusePoison(store: Store): void {
  const kv = store.beneath;
  const original = kv.atomic.bind(kv);
  kv.atomic = () => {
    const atomic = original();
    const [set, commit] = [atomic.set.bind(atomic), atomic.commit.bind(atomic)];
    let poisoned = false;
    atomic.set = (key, value) => {
      if (key[0] === "object" && key[1] === "poison") poisoned = true;
      set(key, value);
      return atomic;
    };
    atomic.commit = () => poisoned ? Promise.reject(new TypeError("poison")) : commit();
    return atomic;
  };
}

interface Step {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly deletes: readonly string[];
  readonly pauses: readonly number[];
  readonly follows: boolean;
  readonly lists: boolean;
  readonly poison: boolean;
}

const oids = ["a", "b", "c"] as const;
const oid = fc.constantFrom(...oids);
const step: fc.Arbitrary<Step> = fc.record({
  reads: fc.uniqueArray(oid, { maxLength: 3 }),
  writes: fc.uniqueArray(oid, { minLength: 1, maxLength: 2 }),
  deletes: fc.uniqueArray(oid, { maxLength: 1 }),
  pauses: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
  follows: fc.nat(3).map((n) => n > 0),
  lists: fc.nat(9).map((n) => n === 0),
  poison: fc.nat(7).map((n) => n === 0),
});

type State = Map<string, string>;

Deno.test("KV89 thoughts that follow others, among some that do not and some that are refused, leave what their order would", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 14 }),
      (steps) =>
        withFolder(async (folder) => {
          const store = await openStore({ folder });
          const heard: CommittedThought[] = [];
          store.onCommitted((thoughts) => void heard.push(...thoughts));
          refusePoison(store);
          const done = (await Promise.all(steps.map((one, n) => runStep(store, one, n)))).filter((one) =>
            one !== null
          )
            .toSorted((a, b) => a.position < b.position ? -1 : 1);
          assert.equal(done.length, steps.filter(({ poison }) => !poison).length);
          assert.deepEqual(heard.map(({ position }) => position), done.map(({ position }) => position));
          const serial: State = new Map();
          const states: State[] = [];
          for (const { n, seen, position } of done) {
            const { reads, writes, deletes } = steps[n]!;
            assert.deepEqual(seen, reads.map((each) => serial.get(each) ?? null));
            const befores = new Map(serial);
            for (const each of writes) serial.set(each, `${n}(${seen.join()})`);
            for (const each of deletes) serial.delete(each);
            states.push(new Map(serial));
            for (const { key, before } of (await store.logEntry(position))!.changes) {
              assert.equal(before, befores.get(String(key[1])) ?? null);
            }
          }
          const check = async (reopened: Store) => {
            for (const [at, { position }] of done.entries()) {
              for (const each of oids) {
                const was = await reopened.asOf(position).get(keys.object(each));
                assert.equal(was, states[at]!.get(each) ?? null);
              }
              const objects = await collect(reopened.asOf(position).objects<string>());
              assert.deepEqual(new Map(objects.map((each) => [each.oid, each.value])), states[at]);
            }
            const now = await collect(reopened.list<string>(["object"]));
            assert.deepEqual(new Map(now.map(({ key, value }) => [String(key[1]), value])), serial);
          };
          await check(store);
          await store.close();
          const again = await openStore({ folder });
          await check(again);
          await again.close();
        }),
    ),
    { numRuns: 60 },
  );
});

async function runStep(store: Store, one: Step, n: number) {
  let seen: (string | null)[] = [];
  try {
    const { position } = await store.commit(someone, async (thought) => {
      seen = [];
      if (one.lists) { for await (const _ of thought.list(keys.objects())) await Promise.resolve(); }
      for (const [at, each] of one.reads.entries()) {
        for (let pause = 0; pause < one.pauses[at]!; pause++) await Promise.resolve();
        seen.push(await thought.get<string>(keys.object(each)));
      }
      for (const each of one.writes) thought.set(keys.object(each), `${n}(${seen.join()})`);
      for (const each of one.deletes) thought.delete(keys.object(each));
      if (one.poison) thought.set(keys.object("poison"), n);
    }, { follows: one.follows });
    return { n, position, seen };
  } catch (error) {
    if (one.poison) return null;
    throw error;
  }
}

Deno.test("KV94 of writers of one object who follow each other and never stop, each has its share", () =>
  withStore(async (store) => {
    const counts = Array.from({ length: 8 }, () => 0);
    let running = true;
    await Promise.all(counts.map(async (_, writer) => {
      while (running) {
        await count(store);
        if (++counts[writer]! === 100) running = false;
      }
    }));
    const sum = counts.reduce((all, one) => all + one, 0);
    assert.equal((await store.get(keys.object("n")))?.value, sum);
    assert.ok(Math.min(...counts) >= 50, `${counts.join(", ")} thoughts each`);
  }));

Deno.test("KV31 a large thought and one with a participant are followed once they are decided", () =>
  withStore(async (store) => {
    const heard: string[] = [];
    await Promise.all([
      count(store),
      count(store, "n", (thought) => {
        for (let n = 0; n < 1_500; n++) thought.set(keys.object(`o${n}`), n);
      }),
      count(store),
      store.commit(someone, async (thought) => {
        const before = await thought.get<number>(keys.object("n")) ?? 0;
        thought.set(keys.object("n"), before + 1);
        thought.join({
          name: "slow",
          vote: () => ({ ok: true }),
          finish: () => void heard.push("finished"),
          abort: () => {},
        });
      }, follows),
      count(store),
      count(store, "blob", (thought) => thought.set(keys.object("n"), "b".repeat(70_000))),
    ]);
    assert.deepEqual(heard, ["finished"]);
    const entries = await store.log({ limit: 100 });
    assert.equal(entries.length, 6);
    const seen = entries.map(({ changes }) => changes.find(({ key }) => key[1] === "n")!.before);
    let last: unknown = null;
    for (const [at, { position }] of entries.entries()) {
      assert.deepEqual(seen[at], last);
      last = await store.asOf(position).get(keys.object("n"));
    }
    assert.deepEqual((await store.get(keys.object("n")))?.value, last);
  }));

for (const [point, passes] of [["staged", 20], ["decided", 2], ["decided", 3], ["published", 2]] as const) {
  Deno.test(`KV40 SIGKILL at the ${passes}th commit.${point} of thoughts that follow each other leaves a whole row of them`, () =>
    withFolder(async (folder) => {
      const child = fileURLToPath(new URL("crash_child.ts", import.meta.url));
      const output = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-check",
          "--unstable-kv",
          "-A",
          child,
          folder,
          "follow",
          `commit.${point}`,
          `${passes}`,
        ],
      }).output();
      assert.equal(output.signal, "SIGKILL", new TextDecoder().decode(output.stderr));
      const text = new TextDecoder().decode(output.stdout);
      const acknowledged = [...text.matchAll(/acknowledged (\d+) (\S+)/g)];
      const store = await openStore({ folder });
      const log = await store.log({ limit: 1_000 });
      const sum = (await store.get<number>(keys.object("sum")))?.value ?? 0;
      assert.equal(log.length, sum);
      for (const [, value, position] of acknowledged) {
        assert.equal(log[Number(value) - 1]?.position, position);
      }
      for (const [n, { position, changes }] of log.entries()) {
        assert.equal(await store.asOf(position).get(keys.object("sum")), n + 1);
        assert.equal(changes.find(({ key }) => key[1] === "sum")!.before, n === 0 ? null : n);
        assert.equal((await store.get(keys.object(`o${n + 1}`)))?.value, n + 1);
      }
      assert.equal((await collect(store.list(["object"]))).length, sum === 0 ? 0 : sum + 1);
      assert.deepEqual(await problemsOf(store), []);
      await store.close();
    }));
}
