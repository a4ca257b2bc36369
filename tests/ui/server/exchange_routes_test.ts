import assert from "node:assert/strict";
import { type Door, RemoteDoor } from "../../../ui/door/mod.ts";
import { type ServerLimits, startServer } from "../../../ui/server/mod.ts";
import { archiveOf, chunked } from "../../actors/exchange/random_world.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";

const OID = "018bcfe5-6800-7000-8000-00000000000";

function things(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    context: {
      oid: `${OID}${n}`,
      name: null,
      parents: [],
      slots: { text_chunk: { kind: "data" as const, value: `a remark, number ${n}` } },
      createdAt: 1_700_000_000_000,
      reason: null,
    },
    morphs: {},
  }));
}

interface Served {
  readonly test: TestImage;
  readonly url: string;
  readonly door: Door;
}

/** A server over a living image, and a door to it. `over` may stand between them. */
async function served(
  run: (served: Served) => Promise<void>,
  over: (door: Door) => Door = (door) => door,
  limits: Partial<ServerLimits> = {},
): Promise<void> {
  await using test = await openTestImage();
  const server = await startServer({
    door: over(test.door),
    assets: { read: () => Promise.resolve(null) },
    folder: test.folder,
    host: "127.0.0.1",
    port: 0,
    version: "0.0.0-test",
    limits,
  });
  const door = new RemoteDoor({ url: server.url, token: server.token });
  try {
    await run({ test, url: server.url, door });
  } finally {
    await door.close();
    await server.shutdown("the test is over");
  }
}

async function refusal(
  attempt: Promise<unknown>,
): Promise<{ code: string; status: number | null; details: Record<string, unknown> }> {
  const error = await attempt.then(() => undefined, (reason) => reason);
  assert.ok(error instanceof Error, "it was not refused");
  return error as unknown as Awaited<ReturnType<typeof refusal>>;
}

Deno.test("EX34 an archive goes both ways through the server, with progress, and is refused as it is without one", async () => {
  await served(async ({ test, door }) => {
    const local = await new Response(ReadableStream.from(test.door.exchange.export())).bytes();
    const remote = await new Response(ReadableStream.from(door.exchange.export())).bytes();
    assert.deepEqual(remote, local);
    const lines = archiveOf(things(9), { space: undefined });
    const messages = await Array.fromAsync(door.exchange.import(chunked(lines, 50), {}, { who: "a test" }));
    assert.deepEqual(
      messages.map((message) => "progress" in message ? message.progress.phase : message.report.made),
      ["reading", "embedding", "writing", 9],
    );
    assert.equal((await door.log({ newest: true, limit: 1 }))[0]?.who, "a test");
    const broken = await refusal(Array.fromAsync(door.exchange.import(chunked(lines.slice(0, -1)))));
    assert.deepEqual([broken.code, broken.status, broken.details.line], ["archive_invalid", 422, 11]);
    const other = things(1).map(({ context, ...rest }) => ({
      ...rest,
      context: { ...context, createdAt: 5 },
    }));
    const conflict = await refusal(Array.fromAsync(door.exchange.import(chunked(archiveOf(other)))));
    assert.equal(conflict.code, "import_conflict");
    const nobody = await refusal(Array.fromAsync(door.exchange.export({ objects: ["nobody"] })));
    assert.deepEqual([nobody.code, nobody.status], ["not_found", 404]);
  });
});

Deno.test("EX35 what is asked of the exchange is checked; memories are taken in once", async () => {
  await served(async ({ url, door }) => {
    const status = async (path: string, init?: RequestInit) => {
      const response = await fetch(url + path, init);
      return [response.status, (await response.json()).error.code];
    };
    assert.deepEqual(await status("/api/export?as=picture"), [422, "wrong_shape"]);
    assert.deepEqual(await status("/api/import?onConflict=mine", { method: "POST" }), [422, "wrong_shape"]);
    assert.deepEqual(await status("/api/import", { method: "POST" }), [422, "archive_invalid"]);
    const json = { method: "POST", headers: { "content-type": "application/json" } };
    assert.deepEqual(await status("/api/ingest", { ...json, body: "[]" }), [422, "wrong_shape"]);
    assert.deepEqual(await status("/api/ingest", { ...json, body: '{"memories":[{"oid":"x"}]}' }), [
      422,
      "wrong_shape",
    ]);
    const foreign = { method: "POST", headers: { origin: "http://elsewhere.example" } };
    assert.deepEqual(await status("/api/import", foreign), [403, "origin_refused"]);
    const memory = { oid: `${OID}1`, text: "the mill turns", source: "a book", thread: "book" };
    const first = await door.exchange.ingest([memory, memory]);
    assert.deepEqual([first.made, first.known], [1, 1]);
    assert.deepEqual(await door.exchange.ingest([memory]), { position: first.position, made: 0, known: 1 });
    assert.equal((await door.recall({ q: "mill" }))[0]?.oid, `${OID}1`);
  });
});

Deno.test("EX36 an export that breaks off in its midst is no archive, and who reads it is told", async () => {
  const over = (door: Door): Door => {
    const { exchange } = door;
    const breaking = {
      ...exchange,
      export: async function* () {
        for await (const chunk of exchange.export()) {
          yield chunk;
          throw new Error("the disk went away");
        }
      },
      import: () => Promise.reject(new Error("not asked")) as never,
      ingest: () => Promise.reject(new Error("not asked")),
    };
    return new Proxy(door, {
      get: (target, key) => {
        if (key === "exchange") return breaking;
        const value = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  await served(async ({ door }) => {
    const { code } = await refusal(Array.fromAsync(door.exchange.export()));
    assert.equal(code, "unavailable");
  }, over);
});

Deno.test("EX37 an import whose sender goes away before the end writes nothing", async () => {
  await served(async ({ test, door }) => {
    const before = test.image.store.position;
    const lines = archiveOf(things(5));
    const leaving = new AbortController();
    async function* half() {
      for await (const chunk of chunked(lines.slice(0, 3))) yield chunk;
      leaving.abort();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await refusal(Array.fromAsync(door.exchange.import(half(), {}, { signal: leaving.signal })));
    assert.equal((await door.health()).image.position, before);
    assert.equal((await refusal(door.object(`${OID}0`))).code, "not_found");
  });
});

Deno.test("UI252 an archive that stalls is given up; one that comes slowly is taken in", async () => {
  // A connection whose sender stalls stays open after its answer until the server goes down.
  const bounds = { importIdleMs: 300, shutdownMs: 100 };
  await served(
    async ({ test, url, door }) => {
      const before = test.image.store.position;
      const lines = archiveOf(things(5));
      async function* paced(pieces: readonly Uint8Array[], pause: () => Promise<unknown>) {
        for (const piece of pieces) {
          yield piece;
          await pause();
        }
      }
      const pieces = await Array.fromAsync(chunked(lines, 200));
      const never = new Promise(() => {});
      const stalled = await fetch(`${url}/api/import`, {
        method: "POST",
        body: ReadableStream.from(paced(pieces.slice(0, 2), () => never)),
      });
      assert.equal(stalled.status, 400);
      const { error } = await stalled.json();
      assert.deepEqual([error.code, error.retryable, error.details.idleMs], ["body_interrupted", true, 300]);
      assert.equal((await door.health()).image.position, before);
      const rest = Array.from({ length: 5 }, (_, n) => pieces.slice(n * 2, n === 4 ? undefined : n * 2 + 2))
        .map((some) => Uint8Array.from(some.flatMap((piece) => [...piece])));
      const slow = paced(rest, () => new Promise((resolve) => setTimeout(resolve, 100)));
      const last = (await Array.fromAsync(door.exchange.import(slow))).at(-1)!;
      assert.equal("report" in last && last.report.made, 5, "in more time than a pause may take");
    },
    undefined,
    bounds,
  );
});

Deno.test("UI252 archives that are taken in at one time are bounded, and one that ends makes room", async () => {
  await served(
    async ({ url, door }) => {
      const lines = archiveOf(things(3));
      const gate = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      async function* waiting() {
        for await (const chunk of chunked(lines, 50)) {
          yield chunk;
          begun.resolve();
          await gate.promise;
        }
      }
      const first = Array.fromAsync(door.exchange.import(waiting()));
      await begun.promise;
      const send = () => fetch(`${url}/api/import`, { method: "POST", body: "" });
      let refused = await send();
      // The server may hear of the first after the second.
      for (let tries = 0; refused.status !== 503 && tries < 100; tries++) {
        await refused.body?.cancel();
        refused = await send();
      }
      assert.equal(refused.status, 503);
      const { error } = await refused.json();
      assert.deepEqual([error.code, error.retryable, error.details], ["unavailable", true, {
        importsMax: 1,
      }]);
      gate.resolve();
      await first;
      const { status, body } = await send();
      await body?.cancel();
      assert.equal(status, 422, "room for the next, which is refused for what it is");
    },
    undefined,
    { importsMax: 1 },
  );
});
