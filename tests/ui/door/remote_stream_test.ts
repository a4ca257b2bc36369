import assert from "node:assert/strict";
import fc from "fast-check";
import { RemoteDoor, RemoteError } from "../../../ui/door/mod.ts";
import { followStream } from "../../../ui/door/remote_stream.ts";
import { type SseFrame, SseParser } from "../../../ui/door/sse.ts";

function parse(pieces: readonly string[]): SseFrame[] {
  const parser = new SseParser({ lengthMax: 10_000 });
  return pieces.flatMap((piece) => parser.push(piece));
}

Deno.test("UI70 a heartbeat is no message, and what comes after it is", () => {
  assert.deepEqual(
    parse(["event: heartbeat\ndata: {}\n\nid: 1\nda", "ta: 2\n\n", "event: heartbeat\ndata: {}\n\n"]),
    [
      { id: "1", data: "2" },
    ],
  );
});

Deno.test("UI70 the stream reads the same however it is cut into pieces and lines end", () => {
  const frame = fc.record({
    id: fc.option(fc.constantFrom("1", "000001-a", "x"), { nil: undefined }),
    data: fc.array(fc.string().filter((text) => !/[\r\n\0]/.test(text)), { minLength: 1, maxLength: 3 }),
    end: fc.constantFrom("\n", "\r\n", "\r"),
    comment: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(frame), fc.array(fc.nat()), (frames, cuts) => {
    // A lone \r at the end of the input is held back, as a \n may follow: hence the comment at the end.
    const text = frames.map(({ id, data, end, comment }) =>
      (comment ? `: note${end}` : "") + (id === undefined ? "" : `id: ${id}${end}`) +
      data.map((line) =>
        `data: ${line}${end}`
      ).join("") + end
    ).join("") + ": end\n";
    const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
    const pieces = [0, ...places].map((from, n) => text.slice(from, places[n] ?? text.length));
    const expected = frames.map(({ id, data }) => ({
      ...(id === undefined ? {} : { id }),
      data: data.join("\n"),
    }));
    assert.deepEqual(parse(pieces), expected);
  }));
});

Deno.test("UI71 a frame with an id alone moves the place; comments and unknown fields do nothing", () => {
  assert.deepEqual(parse(["id: 7\n\n: note\n\nretry: 5\nevent: x\n\ndata:tight\n\n"]), [
    { id: "7", data: null },
    { data: "tight" },
  ]);
});

Deno.test("UI72 a message beyond the bound is refused instead of being held", () => {
  const parser = new SseParser({ lengthMax: 100 });
  assert.throws(() => parser.push("data: " + "x".repeat(200)), RangeError);
  const lines = new SseParser({ lengthMax: 100 });
  assert.throws(() => {
    for (let n = 0; n < 10; n++) lines.push(`data: ${"x".repeat(50)}\n`);
  }, RangeError);
});

const body = (text: string) => new Response(text).body as ReadableStream<Uint8Array>;
const refused = (retryable: boolean) =>
  new RemoteError({ code: "unavailable", message: "no", hint: "", retryable, details: {} }, 503);

Deno.test("UI73 joining again backs off, and gives up after its time", async () => {
  const waits: number[] = [];
  let now = 0;
  let connections = 0;
  const stream = followStream({
    signal: new AbortController().signal,
    timing: {
      clock: () => now,
      random: () => 1,
      reconnectMsMin: 100,
      reconnectMsMax: 1_000,
      giveUpMs: 5_000,
      wait: (ms) => {
        waits.push(ms);
        now += ms;
        return Promise.resolve();
      },
    },
    connect: () => connections++ === 0 ? Promise.resolve(body(": hello\n\n")) : Promise.reject(refused(true)),
  });
  await assert.rejects(stream.next(), { code: "unavailable" });
  assert.deepEqual(waits.slice(0, 6), [100, 200, 400, 800, 1_000, 1_000]);
  assert.ok(now >= 5_000 && now < 7_000);
});

Deno.test("UI74 a refusal, or a server that was never reached, ends the stream at once", async () => {
  for (const retryable of [true, false]) {
    const signal = new AbortController().signal;
    const stream = followStream({ signal, timing: {}, connect: () => Promise.reject(refused(retryable)) });
    await assert.rejects(stream.next(), { code: "unavailable" });
  }
});

Deno.test("UI75 an event that is not of the contract is an error, not a gap", async () => {
  for (const data of ["nonsense", "{}", '{"command":"THOUGHT_COMMITTED"}']) {
    const signal = new AbortController().signal;
    const connect = () => Promise.resolve(body(`data: ${data}\n\n`));
    const stream = followStream({ signal, timing: {}, connect });
    await assert.rejects(stream.next(), { code: "bad_answer" });
  }
});

Deno.test("UI76 a connection on which nothing is heard is taken for dead and joined again", async () => {
  const controller = new AbortController();
  let connections = 0;
  const stream = followStream({
    signal: controller.signal,
    timing: { silenceMsMax: 10, reconnectMsMin: 0 },
    connect: (_after, signal) => {
      if (++connections === 2) {
        controller.abort();
        return Promise.reject(refused(true));
      }
      const silent = new ReadableStream<Uint8Array>({
        start: (inner) => signal.addEventListener("abort", () => inner.error(signal.reason)),
      });
      return Promise.resolve(silent);
    },
  });
  assert.equal((await stream.next()).done, true);
  assert.equal(connections, 2);
});

Deno.test("UI77 a server that is not there, or is no TelOS, is a typed error", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const absent = new RemoteDoor({ url: `http://127.0.0.1:${port}` });
  await assert.rejects(absent.health(), (error: RemoteError) => {
    assert.equal(error.code, "unavailable");
    assert.equal(error.retryable, true);
    assert.match(error.hint, /telos start/);
    return true;
  });
  for (const [text, status] of [["<html>", 200], ['{"ok":true}', 200], ["nope", 502], ["{}", 404]] as const) {
    const other = new RemoteDoor({
      url: "http://other",
      fetch: () => Promise.resolve(new Response(text, { status })),
    });
    await assert.rejects(other.health(), { code: "bad_answer", status }, text);
    await other.close();
  }
  await absent.close();
});
