import assert from "node:assert/strict";
import fc from "fast-check";
import { type Key, keys, openStore, type Position, startOfEpoch } from "../../kv/mod.ts";
import { collect, put, someone, withFolder } from "./support.ts";

Deno.test("KV130 as of a time is the last thought that was committed up to it, also in groups and when the clock goes back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ step: fc.integer({ min: -50, max: 50 }), together: fc.integer({ min: 1, max: 4 }) }),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
      (script) =>
        withFolder(async (folder) => {
          let now = 1_000;
          const store = await openStore({ folder, clock: () => now });
          try {
            for (const [n, { step, together }] of script.entries()) {
              now = Math.max(1, now + step);
              await Promise.all(Array.from({ length: together }, (_, i) => put(store, `o${n}-${i}`, 1)));
            }
            const log = await store.log({ limit: 1_000 });
            const last = log.at(-1)!.at;
            for (let time = log[0]!.at - 2; time <= last + 2; time++) {
              const expected = log.filter(({ at }) => at <= time).at(-1)?.position ?? startOfEpoch(1);
              assert.equal(await store.positionAt(time), expected, `at ${time}`);
            }
          } finally {
            await store.close();
          }
        }),
    ),
    { numRuns: 20 },
  );
});

type Write = { readonly canvas: number; readonly oid: number; readonly x: number | null };

const write: fc.Arbitrary<Write> = fc.record({ canvas: fc.nat(1), oid: fc.nat(3), x: fc.option(fc.nat(9)) });

Deno.test("KV131 every family as of every position is listed as it was, with what is there no more", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 15 }),
      (thoughts) =>
        withFolder(async (folder) => {
          const store = await openStore({ folder });
          try {
            const history: { position: Position; state: ReadonlyMap<string, number> }[] = [];
            let state = new Map<string, number>();
            for (const writes of thoughts) {
              const next = new Map(state);
              const { position, changed } = await store.commit(someone, (thought) => {
                for (const { canvas, oid, x } of writes) {
                  const key = keys.morph(`c${canvas}`, `o${oid}`);
                  if (x === null) thought.delete(key);
                  else thought.set(key, x);
                  if (x === null) next.delete(key.join("/"));
                  else next.set(key.join("/"), x);
                }
              });
              if (!changed) continue;
              state = next;
              history.push({ position, state });
            }
            for (const { position, state: then } of history) {
              for (const prefix of [["morph"], keys.morphs("c0"), keys.morphs("c1")]) {
                const listed = await collect(store.asOf(position).list<number>(prefix));
                const expected = [...then].filter(([text]) => text.startsWith(`${prefix.join("/")}/`)).sort();
                assert.deepEqual(listed.map(textOf).sort(), expected, `${prefix} at ${position}`);
                const paged: [string, number][] = [];
                let after: Key | undefined;
                for (let more = true; more;) {
                  const page = await store.asOf(position).page<number>(prefix, { after, limit: 2 });
                  paged.push(...page.map(textOf));
                  more = page.length === 2;
                  after = page.at(-1)?.key;
                }
                assert.deepEqual(paged, expected, `${prefix} at ${position}, page by page`);
              }
            }
          } finally {
            await store.close();
          }
        }),
    ),
    { numRuns: 20 },
  );
});

function textOf({ key, value }: { key: Key; value: number }): [string, number] {
  return [key.join("/"), value];
}
