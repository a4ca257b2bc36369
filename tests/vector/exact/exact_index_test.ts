import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { ExactIndex, ExactIndexError, type Hit } from "../../../vector/exact/mod.ts";
import { exactPendingMax } from "../../../vector/limits.ts";
import { bruteForce, kernel, packed, randomFrom, startIndex, worker } from "./fixture.ts";

Deno.test("VE1 the index in its worker finds what comparing with every row finds", async () => {
  const random = randomFrom(3);
  const rows = new Map<string, Float32Array>();
  for (let n = 0; n < 700; n++) rows.set(`m${n}`, Float32Array.from({ length: 50 }, () => random() - 0.5));
  const index = await startIndex(50);
  try {
    await index.add([...rows.keys()], packed([...rows.values()], 50));
    equal(index.rows, 700);
    ok(index.bytes >= 700 * 50 * 5, `${index.bytes} bytes cannot hold the rows`);
    for (let round = 0; round < 50; round++) {
      const query = Float32Array.from({ length: 50 }, () => random() - 0.5);
      equal(await index.search(query, 10), bruteForce(rows, query, 10));
    }
  } finally {
    index.close();
  }
});

Deno.test("VE5 a search sees every change that was asked for before it, awaited or not", async () => {
  const index = await startIndex(2);
  try {
    const added = index.add(["a"], Float32Array.of(1, 0));
    const found = index.search(Float32Array.of(1, 0), 5);
    const removed = index.remove(["a", "never there"]);
    const gone = index.search(Float32Array.of(1, 0), 5);
    equal(await found, [{ id: "a", score: 1 }]);
    equal(await gone, []);
    await Promise.all([added, removed]);
  } finally {
    index.close();
  }
});

const vector = fc.array(fc.constantFrom(-1, 0, 0.5, 1), { minLength: 2, maxLength: 2 });
const someIds = fc.uniqueArray(fc.integer({ min: 0, max: 8 }).map((n) => `m${n}`), { maxLength: 6 });
const orders = fc.array(
  fc.oneof(
    fc.record({ add: someIds, vector }),
    fc.record({ remove: someIds }),
    fc.record({ search: vector, k: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ rest: fc.constantFrom("all", "the loop") }),
  ),
  { maxLength: 40 },
);

Deno.test("VE5 however changes and searches are mixed, awaited or not, each search sees those before it alone", async () => {
  await fc.assert(
    fc.asyncProperty(orders, async (mixed) => {
      const index = await startIndex(2);
      const lives = new Map<string, Float32Array>();
      const done: Promise<unknown>[] = [];
      const expected: { found: Promise<Hit[]>; hits: Hit[] }[] = [];
      try {
        for (const order of mixed) {
          if ("add" in order) {
            const each = Float32Array.from(order.vector);
            done.push(index.add(order.add, packed(order.add.map(() => each), 2)));
            for (const id of order.add) lives.set(id, each);
          } else if ("remove" in order) {
            done.push(index.remove(order.remove));
            for (const id of order.remove) lives.delete(id);
          } else if ("search" in order) {
            const query = Float32Array.from(order.search);
            expected.push({ found: index.search(query, order.k), hits: bruteForce(lives, query, order.k) });
          } else if (order.rest === "all") {
            await Promise.all([
              ...done,
              ...expected.map(({ found }) => found),
            ]);
          } else await new Promise((resume) => setTimeout(resume));
        }
        for (const { found, hits } of expected) equal(await found, hits);
        await Promise.all(done);
      } finally {
        index.close();
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("VE1 hits that are many, or have long and odd ids, come as they are", async () => {
  const rows = new Map<string, Float32Array>();
  for (let n = 0; n < 3000; n++) rows.set(`${n} ${"ß\ud800√".repeat(n % 50)}`, Float32Array.of(n, 1));
  const index = await startIndex(2);
  try {
    await index.add([...rows.keys()], packed([...rows.values()], 2));
    const query = Float32Array.of(1, 0);
    for (const k of [1, 10, 100, 60, 3000, 5]) {
      equal(await index.search(query, k), bruteForce(rows, query, k));
    }
  } finally {
    index.close();
  }
});

Deno.test("VE2 a search for more than there is finds all of them in order", async () => {
  const index = await startIndex(3);
  try {
    await index.add(["low", "high"], Float32Array.of(-1, 0, 0, 0.5, 0, 0));
    equal(await index.search(Float32Array.of(1, 0, 0), 10), [{ id: "high", score: 0.5 }, {
      id: "low",
      score: -1,
    }]);
    equal((await index.search(Float32Array.of(1, 0, 0), 1)).length, 1);
  } finally {
    index.close();
  }
});

Deno.test("VE3 a query or vectors of another dimension, and a wrong k, are refused with the figures", async () => {
  const index = await startIndex(4);
  try {
    await rejects(index.search(new Float32Array(3), 1), (error: ExactIndexError) => {
      equal([error.code, error.details.actual, error.details.expected], ["dimension_mismatch", 3, 4]);
      return true;
    });
    await rejects(index.add(["a"], new Float32Array(5)), { code: "dimension_mismatch", retryable: false });
    await rejects(index.add(["a"], Float32Array.of(0, NaN, 0, 0)), { code: "invalid_vector" });
    await rejects(index.search(Float32Array.of(0, 0, 0, Infinity), 1), { code: "invalid_vector" });
    for (const k of [0, -1, 1.5, 1e9]) {
      await rejects(index.search(new Float32Array(4), k), { code: "invalid_neighbours" });
    }
    equal(await index.search(new Float32Array(4), 1), []);
  } finally {
    index.close();
  }
  for (const dimensions of [0, 4097, 2.5]) await rejects(startIndex(dimensions), { code: "invalid_options" });
  await rejects(startIndex(4, { kernel: new Uint8Array(8) }), { code: "invalid_options" });
});

Deno.test("VE4 the index answers on after it refused rows over its bound", async () => {
  const index = await startIndex(2, { rowsMax: 1 });
  try {
    await rejects(index.add(["a", "b"], new Float32Array(4)), { code: "index_full" });
    await index.add(["a"], Float32Array.of(1, 0));
    equal(index.rows, 1);
  } finally {
    index.close();
  }
});

Deno.test("VE6 a worker that breaks refuses what is pending, says so once, and the process lives", async () => {
  const broken = `let n = 0; onmessage = ({ data }) => {
    if (n++ > 0) throw new Error("broken on purpose");
    postMessage({ ok: true, id: data.id, rows: 0, bytes: 0, hits: [] });
  };`;
  const module = new URL(URL.createObjectURL(new Blob([broken], { type: "text/javascript" })));
  const failures: ExactIndexError[] = [];
  const index = await ExactIndex.start({
    dimensions: 2,
    worker: module,
    kernel,
    onFailure: (error) => failures.push(error),
  });
  const pending = [index.search(new Float32Array(2), 1), index.remove(["a"])];
  for (const each of pending) await rejects(each, { code: "index_failed", retryable: true });
  await rejects(index.search(new Float32Array(2), 1), /broken on purpose/);
  equal(failures.length, 1);
  index.close();
});

Deno.test("VE6 a worker that cannot be loaded is a refused start", async () => {
  await rejects(startIndex(2, { worker: new URL("no_such_worker.ts", worker) }), { code: "index_failed" });
});

Deno.test("VE6 a closed index refuses everything, and closing it twice is no fault", async () => {
  const index = await startIndex(2);
  const pending = index.search(new Float32Array(2), 1);
  index.close();
  index.close();
  await rejects(pending, { code: "index_closed" });
  await rejects(index.add(["a"], new Float32Array(2)), { code: "index_closed" });
});

Deno.test("VE6 a program that closed its index ends", async () => {
  const program = new URL("open_and_close.ts", import.meta.url).href;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--allow-read", "--allow-env", program],
    signal: AbortSignal.timeout(60_000),
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  ok(success, "the program failed, or did not end within a minute");
});

Deno.test("VE6 more requests than the bound are refused at once, and the others are answered", async () => {
  const index = await startIndex(2);
  try {
    const asked = Array.from({ length: exactPendingMax }, () => index.search(new Float32Array(2), 1));
    await rejects(index.search(new Float32Array(2), 1), { code: "index_busy", retryable: true });
    for (const hits of await Promise.all(asked)) equal(hits, []);
    equal(await index.search(new Float32Array(2), 1), []);
  } finally {
    index.close();
  }
});
