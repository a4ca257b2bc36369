import assert from "node:assert/strict";
import fc from "fast-check";
import { depthOf } from "../../../ui/server/body.ts";
import { ask, errorOf, makeServer, post } from "./ask.ts";

const extend = (name: string) => JSON.stringify({ command: "EXTEND", object: "genesis", name });

Deno.test("UI20 a command answers with its position and result, as JSON that is not stored", async () => {
  const { app, door } = makeServer();
  const response = await post(app, extend("lamp"));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const { position, result } = await response.json();
  assert.equal(position, door.image.position);
  assert.equal(result.name, "lamp");
});

Deno.test("UI21 a body that is not sent as JSON, or is not JSON, is refused with 400", async () => {
  const { app, door } = makeServer();
  const before = door.image.position;
  const cases: [string, BodyInit, Record<string, string>][] = [
    ["wrong_content_type", extend("a"), { "content-type": "text/plain" }],
    ["wrong_content_type", extend("a"), { "content-type": "application/x-www-form-urlencoded" }],
    ["not_json", "{", {}],
    ["not_json", "", {}],
    ["not_json", new Uint8Array([0x22, 0xff, 0xfe, 0x22]), {}],
  ];
  for (const [code, body, headers] of cases) {
    const response = await post(app, body, headers);
    assert.equal(response.status, 400);
    const error = await errorOf(response);
    assert.equal(error.code, code);
    assert.notEqual(error.hint, "");
  }
  assert.equal(door.image.position, before);
});

Deno.test("UI22 a body over the bound is refused with 413, whether it says its size or not", async () => {
  const { app } = makeServer({ limits: { bodyBytesMax: 1000 } });
  const body = JSON.stringify({ command: "REMEMBER", text: "x".repeat(2000) });
  const said = await post(app, body, { "content-length": String(body.length) });
  assert.equal(said.status, 413);
  const unsaid = await post(app, new Blob([body]).stream());
  assert.equal(unsaid.status, 413);
  const error = await errorOf(unsaid);
  assert.equal(error.code, "too_large");
  assert.equal(error.details.bytesMax, 1000);
});

Deno.test("UI23 a wrong shape is refused with 422 and says in words where it is wrong", async () => {
  const { app } = makeServer();
  const cases: [unknown, RegExp][] = [
    [{ command: "EXTEND" }, /EXTEND: "object" is missing.* a string/],
    [{ command: "EXTEND", object: 5 }, /"object" .*a string/],
    [{ command: "EXTEND", object: "genesis", colour: 1 }, /"colour" is not known/],
    [
      { command: "REMEMBER_MANY", memories: [{ text: "a" }, { text: 5 }] },
      /"memories\[1\]\.text" .*a string/,
    ],
    [{ command: "REMEMBER", text: "" }, /"text" .*a memory must have a text/],
    [{ command: "MOVE_MORPH", object: "a", x: "1", y: 1e9 }, /"x" .*a number.*"y" is out of bounds/],
    [
      { command: "SET_SLOT", object: "a", slot: "b" },
      /"value": a value is missing; null .*REMOVE_SLOT takes/,
    ],
    [{ command: "SEND", receiver: "a", selector: "" }, /"selector" is out of bounds: it must not be empty$/],
    [
      { command: "REMEMBER", text: "x".repeat(100_001) },
      /"text" is out of bounds: it must have <= 100000 characters and has 100001$/,
    ],
    [
      { command: "SEND", receiver: "a", selector: "b", arguments: Array(33).fill(1) },
      /"arguments" is out of bounds: it must have <= 32 elements and has 33$/,
    ],
    [
      { command: "MOVE_MORPH", object: "a", x: 1, y: -1e9 },
      /"y" .*: it must be >= -10000000 and is -1000000000$/,
    ],
    [{ command: "INGEST_CONTROL", action: "halt" }, /"action" must be one of pause, resume, cancel$/],
    [{ command: "UNDO", position: "yesterday" }, /"position": a position looks like/],
    [{ command: "SEND", receiver: "a", selector: "b", arguments: {} }, /"arguments" .*an array/],
    [
      { command: "REMEMBER", text: "a", expected: `000001-${"0".repeat(20)}-0000` },
      /"expected" is not known/,
    ],
    [{ command: "REMEMBER_MANY", memories: [{ text: "a", colour: 1 }] }, /"memories\[0\]\.colour" is not/],
  ];
  for (const [command, words] of cases) {
    const response = await post(app, JSON.stringify(command));
    assert.equal(response.status, 422);
    const error = await errorOf(response);
    assert.equal(error.code, "wrong_shape");
    assert.match(error.message, words);
    const paths = error.details.paths as string[];
    assert.ok(paths.length > 0 && paths.every((path) => path !== ""), JSON.stringify(paths));
  }
});

Deno.test("UI238 a whole number that would be rounded is refused, and one in a text is kept", async () => {
  const { app } = makeServer();
  const set = (value: string) =>
    post(app, `{"command":"SET_SLOT","object":"genesis","slot":"a","value":${value}}`);
  for (const value of ["9007199254740993", '[1,{"b":-90071992547409930001}]']) {
    const refused = await set(value);
    assert.equal(refused.status, 422, value);
    const { code, message, hint } = await errorOf(refused);
    assert.equal(code, "wrong_shape");
    assert.match(message, /number -?9007199254740993/);
    assert.match(hint, /as a text, in quotes/);
  }
  const written = JSON.stringify(2 ** 63);
  for (const value of ["9007199254740992", written, '"9007199254740993"', "1e30", "1234567890.12345678901"]) {
    const kept = await set(value);
    assert.equal(kept.status, 200, value);
    assert.deepEqual((await kept.json()).result.slots.a, JSON.parse(value));
  }
});

Deno.test("UI254 text with half of a surrogate pair is refused with 422 by its place; whole pairs are kept", async () => {
  const { app, door } = makeServer();
  const before = door.image.position;
  const [lone, low] = ["a\ud800", "\udc00b"];
  const set = { command: "SET_SLOT", object: "genesis", slot: "a" };
  const cases: [Record<string, unknown>, string][] = [
    [{ command: "REMEMBER", text: lone }, "text"],
    [{ command: "REMEMBER", text: "a", source: low }, "source"],
    [{ command: "REMEMBER_MANY", memories: [{ text: "a" }, { text: low }] }, "memories[1].text"],
    [{ command: "USER_QUERY_REQUEST", query_text: lone }, "query_text"],
    [{ command: "USER_QUERY_REQUEST", query_text: "a", thread: low }, "thread"],
    [{ ...set, value: lone }, "value"],
    [{ ...set, value: [{ deep: [low] }] }, "value"],
    [{ ...set, value: { [lone]: 1 } }, "value"],
    [{ command: "SEND", receiver: "genesis", selector: "a", arguments: [lone] }, "arguments[0]"],
  ];
  for (const [command, path] of cases) {
    const response = await post(app, JSON.stringify(command));
    assert.equal(response.status, 422, path);
    const { code, message, details } = await errorOf(response);
    assert.deepEqual([code, details.paths], ["wrong_shape", [path]]);
    assert.match(message, /half of a surrogate pair/);
  }
  assert.equal(door.image.position, before);
  const value = ["\ud83d\ude00", { "\ud83d\ude00": "ü\ufffd" }];
  const kept = await post(app, JSON.stringify({ ...set, value }));
  assert.deepEqual((await kept.json()).result.slots.a, value);
});

Deno.test("UI24 an unknown command is refused with the list of those there are", async () => {
  const { app } = makeServer();
  for (const body of ['{"command":"EXPLODE"}', "{}", "[]", "null", '"REDO"', "7"]) {
    const response = await post(app, body);
    assert.equal(response.status, 422, body);
    assert.match((await errorOf(response)).hint, /EXTEND, .*UNDO/);
  }
});

Deno.test("UI25 JSON nested beyond the bound is refused before it is parsed", async () => {
  const { app } = makeServer();
  const deep = `{"command":"SET_SLOT","object":"genesis","slot":"a","value":${"[".repeat(200_000)}`;
  const response = await post(app, deep);
  assert.equal(response.status, 422);
  assert.equal((await errorOf(response)).code, "too_deep");
});

Deno.test("UI25 the depth that is measured is the depth that JSON has", () => {
  const depth = (value: unknown): number =>
    typeof value !== "object" || value === null
      ? 0
      : 1 + Math.max(0, ...Object.values(value).map((inner) => depth(inner)));
  fc.assert(fc.property(fc.jsonValue(), (value) => depthOf(JSON.stringify(value)) === depth(value)));
});

Deno.test("UI26 the same Idempotency-Key answers the first result again", async () => {
  const { app, door } = makeServer();
  const headers = { "idempotency-key": "once" };
  const first = await (await post(app, extend("lamp"), headers)).json();
  const after = door.image.position;
  assert.deepEqual(await (await post(app, extend("lamp"), headers)).json(), first);
  assert.equal(door.image.position, after);
  for (const key of ["two words", "x".repeat(201)]) {
    assert.equal((await post(app, extend("b"), { "idempotency-key": key })).status, 422);
  }
});

Deno.test("UI251 an Idempotency-Key that comes again with another body is refused with 422 and named", async () => {
  const { app, door } = makeServer();
  const headers = { "idempotency-key": "once" };
  await post(app, extend("lamp"), headers);
  const after = door.image.position;
  const refused = await post(app, extend("torch"), headers);
  assert.equal(refused.status, 422);
  const { code, message, details } = await errorOf(refused);
  assert.deepEqual([code, details], ["idempotency_conflict", { key: "once" }]);
  assert.match(message, /"once" was used for another request/);
  assert.equal(door.image.position, after);
});

Deno.test("UI27 a command is logged under who asked, and a name that is none is refused", async () => {
  const { app, door } = makeServer();
  await post(app, extend("lamp"), { "telos-who": "canvas" });
  assert.equal(door.image.thoughts.at(-1)?.who, "canvas");
  assert.equal((await post(app, extend("b"), { "telos-who": "<b>" })).status, 422);
});

Deno.test("UI28 a refusal of the image comes out with its status and its data", async () => {
  const { app } = makeServer();
  await post(app, extend("lamp"));
  const stale = "000001-00000000000000000000-0000";
  const cases: [Record<string, unknown>, number, string][] = [
    [{ command: "CLONE", object: "nobody" }, 404, "not_found"],
    [{ command: "EXTEND", object: "genesis", name: "lamp" }, 409, "name_taken"],
    [{ command: "SET_SLOT", object: "lamp", slot: "a", value: 1, expected: stale }, 409, "stale"],
    [
      { command: "SET_SLOT", object: "genesis", slot: "parent*", value: [{ $ref: "lamp" }] },
      409,
      "parent_cycle",
    ],
    [{ command: "SEND", receiver: "lamp", selector: "fly" }, 422, "not_understood"],
  ];
  for (const [command, status, code] of cases) {
    const response = await post(app, JSON.stringify(command));
    assert.equal(response.status, status, code);
    assert.equal((await errorOf(response)).code, code);
  }
  const error = await errorOf(
    await post(app, JSON.stringify({ command: "SEND", receiver: "lamp", selector: "fly" })),
  );
  assert.deepEqual(error.details.searched, ["lamp", "genesis"]);
});

Deno.test("UI29 a fault of the program shows nothing of itself to the client and everything to the log", async () => {
  const { app, door, lines } = makeServer();
  door.recall = () => Promise.reject(new TypeError("secret detail at /some/path"));
  const response = await ask(app, "/api/recall?q=a");
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.ok(!text.includes("secret") && !text.includes("    at "));
  assert.equal(JSON.parse(text).error.code, "internal");
  assert.match(lines.join("\n"), /secret detail[\s\S]*at /);
});

Deno.test("UI30 a body that never ends is given up", async () => {
  const { app } = makeServer({ limits: { bodyMs: 20 } });
  const response = await post(app, new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([0x7b])) }));
  assert.equal(response.status, 400);
  assert.equal((await errorOf(response)).code, "body_interrupted");
});
