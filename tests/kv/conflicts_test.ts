import assert from "node:assert/strict";
import fc from "fast-check";
import { ConflictError, keys } from "../../kv/mod.ts";
import { takeBatch } from "../../kv/batch.ts";
import { encodeKey } from "../../kv/keys.ts";
import type { Prepared } from "../../kv/plan.ts";
import { WriteRing } from "../../kv/write_ring.ts";
import { someone, withStore } from "./support.ts";

interface Waiting {
  readonly prepared: Prepared;
  readonly pass: symbol | null;
  readonly before: number;
  waited: number;
}

/** A thought that is ready, as far as the choice of a batch looks at it. */
function waiting(id: number, reads: readonly string[], writes: readonly string[], before: number): Waiting {
  const encode = (oid: string) => encodeKey(keys.object(oid));
  const prepared = {
    id: `t${id}`,
    reads: new Map(reads.map((oid) => [encode(oid), { checked: true, sequence: 0 }])),
    prefixes: [],
    writes: writes.map((oid) => ({ encoded: encode(oid) })),
    bytes: 100,
    keyBytes: 50,
    recordBytes: 100,
    large: null,
  } as unknown as Prepared;
  return { prepared, pass: null, before, waited: 0 };
}

Deno.test("KV88 no thought waits for more operations than there were thoughts before it, whatever comes after it", () => {
  const oid = fc.constantFrom("a", "b", "c", "d", "e");
  const shape = fc.record({
    reads: fc.array(oid, { maxLength: 2 }),
    writes: fc.array(oid, { minLength: 1, maxLength: 2 }),
  });
  const arrivals = fc.array(fc.array(shape, { maxLength: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(arrivals, (rounds) => {
    const queue: Waiting[] = [];
    const ring = new WriteRing();
    let made = 0;
    const taken: Waiting[] = [];
    for (let round = 0; round < rounds.length || queue.length > 0; round++) {
      for (const { reads, writes } of rounds[round] ?? []) {
        queue.push(waiting(made++, reads, writes, queue.length));
      }
      const { batch } = takeBatch(queue, ring, null);
      for (const one of queue) one.waited++;
      taken.push(...batch);
      for (const { before, waited } of batch) assert.ok(waited <= before, `${waited} > ${before}`);
    }
    // Of two that clash, the one that was ready first is decided first.
    const clash = (a: Prepared, b: Prepared) =>
      a.writes.some(({ encoded }) =>
        b.reads.has(encoded) || b.writes.some((one) => one.encoded === encoded)
      ) ||
      b.writes.some(({ encoded }) => a.reads.has(encoded));
    const number = ({ prepared }: Waiting) => Number(prepared.id.slice(1));
    taken.forEach((one, at) => {
      for (const later of taken.slice(at + 1)) {
        if (clash(one.prepared, later.prepared)) assert.ok(number(one) < number(later));
      }
    });
  }));
});

interface Program {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly pauses: readonly number[];
}

Deno.test("KV89 whatever reads and writes what at the same moment, some order one after the other explains it all", async () => {
  const oid = fc.constantFrom("a", "b", "c");
  const program: fc.Arbitrary<Program> = fc.record({
    reads: fc.uniqueArray(oid, { maxLength: 3 }),
    writes: fc.uniqueArray(oid, { minLength: 1, maxLength: 2 }),
    pauses: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(program, { minLength: 2, maxLength: 8 }),
      (programs) =>
        withStore(async (store) => {
          const done = await Promise.all(programs.map(async ({ reads, writes, pauses }, n) => {
            let seen: (string | null)[] = [];
            const { position } = await store.commit(someone, async (thought) => {
              seen = [];
              for (const [at, each] of reads.entries()) {
                for (let pause = 0; pause < pauses[at]!; pause++) await Promise.resolve();
                seen.push(await thought.get<string>(keys.object(each)));
              }
              for (const each of writes) thought.set(keys.object(each), `${n}(${seen.join()})`);
            });
            return { n, position, seen };
          }));
          const serial = new Map<string, string>();
          for (const { n, seen } of done.toSorted((a, b) => a.position < b.position ? -1 : 1)) {
            const { reads, writes } = programs[n]!;
            assert.deepEqual(seen, reads.map((each) => serial.get(each) ?? null));
            for (const each of writes) serial.set(each, `${n}(${seen.join()})`);
          }
          for (const each of ["a", "b", "c"]) {
            assert.equal((await store.get(keys.object(each)))?.value ?? null, serial.get(each) ?? null);
          }
        }),
    ),
    { numRuns: 60 },
  );
});

Deno.test("KV90 a thought that cannot win is told to whom it lost, in words and as data", () =>
  withStore(async (store) => {
    let rounds = 0;
    const lost = store.commit({ who: "loser", why: "to count" }, async (thought) => {
      const value = await thought.get<number>(keys.object("n"));
      await store.commit({ who: "winner", why: `round ${++rounds}` }, (other) => {
        other.set(keys.object("n"), rounds);
      });
      thought.set(keys.object("n"), [value]);
    });
    const error = await lost.then(() => null, (cause) => cause);
    assert.ok(error instanceof ConflictError, String(error));
    const last = (await store.log({ newest: true, limit: 1 }))[0]!;
    const { id, position, who, why } = last;
    assert.deepEqual(error.details.winner, { id, position, who, why });
    assert.deepEqual([who, why], ["winner", "round 12"]);
    assert.match(error.message, new RegExp(`"round 12", by winner at ${position}, changed it`));
  }));

Deno.test("KV94 of writers of one object who never stop, each has its share", () =>
  withStore(async (store) => {
    const counts = Array.from({ length: 8 }, () => 0);
    let running = true;
    await Promise.all(counts.map(async (_, writer) => {
      while (running) {
        await store.commit(someone, async (thought) => {
          const value = await thought.get<number>(keys.object("n")) ?? 0;
          thought.set(keys.object("n"), value + 1);
        });
        if (++counts[writer]! === 40) running = false;
      }
    }));
    const sum = counts.reduce((all, count) => all + count, 0);
    assert.equal((await store.get(keys.object("n")))?.value, sum);
    assert.ok(Math.min(...counts) >= 20, `${counts.join(", ")} thoughts each`);
  }));
