import assert from "node:assert/strict";
import fc from "fast-check";
import { type DataManager, keys, LimitError, RefusedError, type Savepoint } from "../../kv/mod.ts";
import { collect, put, see, someone, withStore } from "./support.ts";

/** Stages numbers, and writes down what it hears. */
class Counter implements DataManager {
  readonly name = "counter";
  staged: number[] = [];
  readonly heard: string[] = [];

  vote() {
    this.heard.push(`vote ${this.staged.join()}`);
    const value = [...this.staged];
    return { ok: true, mutations: [{ type: "set" as const, key: keys.meta("counter"), value }] } as const;
  }
  finish(): void {
    this.heard.push("finish");
  }
  abort(): void {
    this.heard.push("abort");
  }
  savepoint(): () => void {
    const staged = [...this.staged];
    return () => {
      this.staged = [...staged];
    };
  }
}

Deno.test("KV81 a thought goes back to a savepoint and on: what was staged since is not written", () =>
  withStore(async (store) => {
    await put(store, "a", "old");
    const { position } = await store.commit(someone, async (thought) => {
      thought.set(keys.object("a"), "one");
      thought.set(keys.object("b"), "one");
      const savepoint = thought.savepoint();
      for (let n = 0; n < 2; n++) {
        thought.set(keys.object("a"), "two");
        thought.delete(keys.object("b"));
        thought.set(keys.object("c"), "two");
        assert.equal(await thought.get(keys.object("b")), null);
        await thought.rollback(savepoint);
        assert.equal(await thought.get(keys.object("a")), "one");
        assert.equal(await thought.get(keys.object("c")), null);
        assert.deepEqual((await collect(thought.list(keys.objects()))).map(({ key }) => key[1]), ["a", "b"]);
      }
      thought.set(keys.object("d"), "three");
    });
    assert.deepEqual(
      await Promise.all(["a", "b", "c", "d"].map((oid) => see(store, oid))),
      ["one", "one", null, "three"],
    );
    const changed = (await store.logEntry(position))!.changes.map(({ key }) => key[1]);
    assert.deepEqual(changed, ["a", "b", "d"]);
  }));

Deno.test("KV81 a thought that went back to before its first write is none", () =>
  withStore(async (store) => {
    const done = await store.commit(someone, async (thought) => {
      const savepoint = thought.savepoint();
      thought.set(keys.object("a"), 1);
      thought.join(new Counter());
      await thought.rollback(savepoint);
    });
    assert.equal(done.changed, false);
    assert.deepEqual(await store.log(), []);
  }));

Deno.test("KV82 what was read before going back is checked all the same", () =>
  withStore(async (store) => {
    await put(store, "a", 1);
    let runs = 0;
    await store.commit(someone, async (thought) => {
      const savepoint = thought.savepoint();
      const seen = await thought.get<number>(keys.object("a"));
      await thought.rollback(savepoint);
      if (++runs === 1) await put(store, "a", 2);
      thought.set(keys.object("b"), seen);
    });
    assert.deepEqual([runs, await see(store, "b")], [2, 2]);
  }));

Deno.test("KV83 participants go back too; who joined since is told that the thought will not be, and may join anew", () =>
  withStore(async (store) => {
    const [early, late] = [new Counter(), new Counter()];
    await store.commit(someone, async (thought) => {
      thought.join(early);
      early.staged.push(1);
      const savepoint = thought.savepoint();
      early.staged.push(2);
      thought.join(late);
      await thought.rollback(savepoint);
      assert.deepEqual([early.staged, late.heard], [[1], ["abort"]]);
      early.staged.push(3);
    });
    assert.deepEqual([early.heard, late.heard], [["vote 1,3", "finish"], ["abort"]]);
    assert.deepEqual((await store.get(keys.meta("counter")))?.value, [1, 3]);
  }));

Deno.test("KV83 a participant that keeps no savepoints is named, and the thought may go on without one", () =>
  withStore(async (store) => {
    await store.commit(someone, (thought) => {
      thought.join({ name: "simple", vote: () => ({ ok: true }), finish: () => {}, abort: () => {} });
      assert.throws(
        () => thought.savepoint(),
        (error) =>
          error instanceof RefusedError && error.details.participant === "simple" &&
          error.details.reasonCode === "no_savepoints",
      );
      thought.set(keys.object("a"), 1);
    });
    assert.equal(await see(store, "a"), 1);
  }));

Deno.test("KV84 a savepoint of another thought, one that is no more, and one too many are refused", () =>
  withStore(async (store) => {
    let other: Savepoint | null = null;
    await store.commit(someone, (thought) => {
      other = thought.savepoint();
    });
    await store.commit(someone, async (thought) => {
      const first = thought.savepoint();
      const second = thought.savepoint();
      await thought.rollback(first);
      await assert.rejects(thought.rollback(second), /has it no more/);
      await assert.rejects(thought.rollback(other!), TypeError);
      for (let n = 1; n < 1_000; n++) thought.savepoint();
      assert.throws(() => thought.savepoint(), LimitError);
    });
  }));

type Step = { readonly set: string; readonly to: number | null } | { readonly save: true } | {
  readonly back: number;
};

Deno.test("KV81 whatever is set, saved and taken back, a thought sees and writes what a plain map says", () =>
  withStore(async (store) => {
    const oid = fc.constantFrom("a", "b", "c");
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ set: oid, to: fc.option(fc.nat(9)) }),
      fc.constant({ save: true } as const),
      fc.record({ back: fc.nat(3) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const before = Object.fromEntries(
          (await collect(store.list<number>(keys.objects()))).map(({ key, value }) => [key[1], value]),
        );
        let model: Record<string, number> = { ...before } as Record<string, number>;
        await store.commit(someone, async (thought) => {
          const saved: [Savepoint, Record<string, number>][] = [];
          for (const one of steps) {
            if ("save" in one) saved.push([thought.savepoint(), { ...model }]);
            else if ("back" in one) {
              const at = saved.length - 1 - one.back;
              if (at < 0) continue;
              saved.length = at + 1;
              await thought.rollback(saved[at]![0]);
              model = { ...saved[at]![1] };
            } else if (one.to === null) {
              thought.delete(keys.object(one.set));
              delete model[one.set];
            } else {
              thought.set(keys.object(one.set), one.to);
              model[one.set] = one.to;
            }
          }
        });
        const after = Object.fromEntries(
          (await collect(store.list<number>(keys.objects()))).map(({ key, value }) => [key[1], value]),
        );
        assert.deepEqual(after, model);
      }),
      { numRuns: 60 },
    );
  }));
