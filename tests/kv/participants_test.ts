import assert from "node:assert/strict";
import {
  type DataManager,
  keys,
  type Mutation,
  RefusedError,
  type Vote,
  type VoteContext,
} from "../../kv/mod.ts";
import { put, see, someone, withStore } from "./support.ts";

/** Records what it is asked and told. */
class Witness implements DataManager {
  readonly heard: string[] = [];
  context: VoteContext | null = null;
  readonly name: string;
  readonly #vote: (context: VoteContext) => Vote | Promise<Vote>;

  constructor(name: string, vote: (context: VoteContext) => Vote | Promise<Vote> = () => ({ ok: true })) {
    this.name = name;
    this.#vote = vote;
  }

  vote(context: VoteContext): Vote | Promise<Vote> {
    this.heard.push("vote");
    this.context = context;
    return this.#vote(context);
  }

  finish({ position }: { position: string }): void {
    this.heard.push(`finish ${position}`);
  }

  abort(): void {
    this.heard.push("abort");
  }
}

const vectorKey = keys.vector("space", "m");

Deno.test("KV20 a participant's mutations are decided with the thought, then it finishes, then listeners hear", () =>
  withStore(async (store) => {
    const before = await put(store, "a", 1);
    const mutations: Mutation[] = [{ type: "set", key: vectorKey, value: new Float32Array([1, 2]) }, {
      type: "delete",
      key: keys.object("a"),
    }];
    const index = new Witness("index", () => ({ ok: true, mutations }));
    store.onCommitted(([thought]) => index.heard.push(`listener ${thought!.changes.length}`));
    const { position } = await store.commit(someone, (thought) => {
      thought.set(keys.object("m"), "memory");
      thought.join(index);
      thought.join(index);
    });
    assert.deepEqual(index.heard, ["vote", `finish ${position}`, "listener 3"]);
    assert.equal(index.context?.expectedPosition, before);
    assert.deepEqual((await store.get(vectorKey))?.value, new Float32Array([1, 2]));
    assert.equal(await see(store, "a"), null);
    const entry = await store.logEntry(position);
    assert.equal(entry?.id, index.context?.thoughtId);
    assert.deepEqual(entry?.changes.map(({ before }) => before), [null, null, 1]);
  }));

Deno.test("KV21 one refusal, exception or shapeless vote aborts all participants and writes nothing", () =>
  withStore(async (store) => {
    const refusals: [string, () => Vote | Promise<Vote>][] = [
      ["wrong dimension", () => ({ ok: false, reason: "wrong dimension", code: "dimension" })],
      ["disk full", () => Promise.reject(new Error("disk full"))],
      ["it broke", () => {
        throw new Error("it broke");
      }],
      ["its vote has no shape", () => undefined as unknown as Vote],
    ];
    for (const [reason, vote] of refusals) {
      const willing = new Witness("willing");
      const refusing = new Witness("index", vote);
      const error = await store.commit(someone, (thought) => {
        thought.set(keys.object("a"), "x".repeat(100_000));
        thought.join(willing);
        thought.join(refusing);
      }).then(() => null, (cause) => cause);
      assert.ok(error instanceof RefusedError, String(error));
      assert.match(error.message, new RegExp(`"index" refused it: ${reason}`));
      assert.deepEqual(willing.heard, ["vote", "abort"]);
      assert.deepEqual(refusing.heard, ["vote", "abort"]);
    }
    assert.equal(await see(store, "a"), null);
    assert.equal((await store.log()).length, 0);
  }));

Deno.test("KV22 a silent participant is a refusal after 5 s, and holds up no other thought meanwhile", () =>
  withStore(async (store) => {
    const silent = new Witness("silent", () => new Promise(() => {}));
    const started = performance.now();
    const hanging = store.commit(someone, (thought) => {
      thought.set(keys.object("a"), 1);
      thought.join(silent);
    }).then(() => null, (cause) => cause);
    await put(store, "b", 2);
    assert.ok(performance.now() - started < 4_000, "the other thought waited");
    const error = await hanging;
    assert.ok(performance.now() - started >= 4_900);
    assert.ok(error instanceof RefusedError);
    assert.equal(error.retryable, true);
    assert.match(error.message, /no vote within 5000 ms/);
    assert.deepEqual(silent.heard, ["vote", "abort"]);
    assert.equal(await see(store, "a"), null);
  }));

Deno.test("KV23 a participant that joined a lost attempt is aborted, and joins the next under another thought id", () =>
  withStore(async (store) => {
    await put(store, "a", 1);
    const witnesses: Witness[] = [];
    await store.commit(someone, async (thought) => {
      const value = await thought.get<number>(keys.object("a"));
      const witness = new Witness("index", async () => {
        if (witnesses.length === 1) await put(store, "a", 10);
        return { ok: true };
      });
      witnesses.push(witness);
      thought.join(witness);
      thought.set(keys.object("b"), value);
    });
    assert.equal(await see(store, "b"), 10);
    assert.deepEqual(witnesses.map(({ heard }) => heard.map((word) => word.split(" ")[0])), [[
      "vote",
      "abort",
    ], [
      "vote",
      "finish",
    ]]);
    assert.notEqual(witnesses[0]!.context?.thoughtId, witnesses[1]!.context?.thoughtId);
  }));

Deno.test("KV23 participants are aborted when apply throws", () =>
  withStore(async (store) => {
    const witness = new Witness("index");
    await assert.rejects(
      store.commit(someone, (thought) => {
        thought.join(witness);
        throw new RangeError("no");
      }),
      RangeError,
    );
    assert.deepEqual(witness.heard, ["abort"]);
  }));

Deno.test("KV24 a finish that fails is reported and undoes nothing; slow ones keep the order of publication", async () => {
  const reported: unknown[] = [];
  await withStore(async (store) => {
    const order: string[] = [];
    store.onCommitted((thoughts) => order.push(...thoughts.map(({ why }) => why)));
    const finishing = Promise.withResolvers<void>();
    const slow: DataManager = {
      name: "slow",
      vote: () => ({ ok: true }),
      finish: async () => {
        finishing.resolve();
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push("finished");
        throw new Error("too late");
      },
      abort: () => {},
    };
    const first = store.commit({ who: "test", why: "first" }, (thought) => {
      thought.set(keys.object("a"), 1);
      thought.join(slow);
    });
    await finishing.promise;
    const second = store.commit(
      { who: "test", why: "second" },
      (thought) => thought.set(keys.object("b"), 2),
    );
    await Promise.all([first, second]);
    assert.deepEqual(order, ["finished", "first", "second"]);
    assert.equal(await see(store, "a"), 1);
  }, { onError: (error) => reported.push(error) });
  assert.match(String(reported[0]), /"slow" failed to finish/);
});

Deno.test("KV25 a participant alone makes a thought: its id stands in the log", () =>
  withStore(async (store) => {
    const witness = new Witness("journal");
    const done = await store.commit(someone, (thought) => thought.join(witness));
    assert.equal(done.changed, true);
    assert.equal((await store.logEntry(done.position))?.id, witness.context?.thoughtId);
  }));
