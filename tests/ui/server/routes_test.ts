import assert from "node:assert/strict";
import { hasErrorShape, statusOf } from "../../../ui/door/mod.ts";
import { ask, errorOf, makeServer, post } from "./ask.ts";

Deno.test("UI40 every response carries the headers that keep foreign code out", async () => {
  const { app } = makeServer();
  for (const path of ["/health", "/api/nothing", "/nothing", "/"]) {
    const { headers } = await ask(app, path);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe|\*/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  }
});

Deno.test("UI41 an unknown route is a typed 404 for programs and a page for people", async () => {
  const { app } = makeServer();
  for (const [method, path] of [["GET", "/api/nothing"], ["GET", "/api/commands"], ["PUT", "/api/log"]]) {
    const response = await ask(app, path as string, { method: method as string });
    assert.equal(response.status, 404);
    const error = await errorOf(response);
    assert.equal(error.code, "no_such_route");
    assert.match(error.hint, /POST \/api\/commands/);
  }
  const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const typed = [{}, { accept: "*/*" }, { accept: "application/json, text/html;q=0.5" }];
  for (const headers of typed as Record<string, string>[]) {
    for (const [method, path] of [["GET", "/nothing"], ["GET", "/nothing.js"], ["POST", "/"]] as const) {
      const response = await ask(app, path, { method, headers });
      assert.equal(response.status, 404);
      assert.equal((await errorOf(response)).code, "no_such_route", `${method} ${path}`);
    }
  }
  const question = await ask(app, "/api/nothing", { headers: browser });
  assert.equal((await errorOf(question)).code, "no_such_route", "the API has no pages");
  const page = await ask(app, "/<script>alert(1)</script>", { headers: browser });
  assert.equal(page.status, 404);
  assert.match(page.headers.get("content-type") ?? "", /text\/html/);
  const text = await page.text();
  assert.ok(!text.includes("<script>"));
  assert.match(text, /To the canvas/);
});

Deno.test("UI42 names in the address may hold any letters", async () => {
  const { app } = makeServer();
  for (const name of ["größe / länge", "50% off?", "a#b&c=d", "日本", "a\\b", "%2F"]) {
    const made = await post(app, JSON.stringify({ command: "EXTEND", object: "genesis", name }));
    assert.equal(made.status, 200);
    const response = await ask(app, `/api/objects/${encodeURIComponent(name)}`);
    assert.equal(response.status, 200, name);
    assert.equal((await response.json()).name, name);
  }
});

Deno.test("UI43 a query of a wrong shape is refused with 422 and the name of the parameter", async () => {
  const { app } = makeServer();
  const cases: [string, string][] = [
    ["/api/recall", "q"],
    ["/api/recall?q=a&k=0", "k"],
    ["/api/recall?q=a&k=lots", "k"],
    ["/api/log?limit=1001", "limit"],
    ["/api/log?after=yesterday", "after"],
    ["/api/log?newest=perhaps", "newest"],
    ["/api/objects/genesis?asOf=then", "asOf"],
    ["/api/children/genesis?limit=-1", "limit"],
    ["/events?after=nowhere", "after"],
    [`/api/objects/${"x".repeat(201)}`, "name"],
  ];
  for (const [path, parameter] of cases) {
    const response = await ask(app, path);
    assert.equal(response.status, 422, path);
    const error = await errorOf(response);
    assert.deepEqual(error.details.paths, [parameter], path);
  }
});

Deno.test("UI239 a parameter that is not known is refused with 400 and those that there are", async () => {
  const { app } = makeServer();
  const cases: [string, string, string[]][] = [
    ["/api/objects/genesis?asof=2026-01-01", "asof", ["asOf"]],
    ["/api/canvas/main?at=1", "at", ["asOf"]],
    ["/api/recall?q=a&count=3", "count", "q k asOf since until source kind thread slots".split(" ")],
    ["/api/question?q=a&Q=b", "Q", ["q", "structured"]],
    ["/api/log?newest=true&page=2", "page", ["after", "before", "object", "newest", "limit"]],
    ["/api/export?vector=false", "vector", ["object", "vectors", "as"]],
    ["/events?since=1", "since", ["after"]],
    ["/api/verify?repair=true", "repair", []],
    ["/api/prompts/x?full=1", "full", []],
  ];
  for (const [path, parameter, known] of cases) {
    const response = await ask(app, path);
    assert.equal(response.status, 400, path);
    const { code, message, hint, details } = await errorOf(response);
    assert.equal(code, "unknown_parameter");
    assert.match(message, new RegExp(`"${parameter}" is no parameter`));
    assert.deepEqual([details.paths, details.known], [[parameter], known]);
    for (const name of known) assert.ok(hint.includes(name), hint);
  }
  assert.equal((await ask(app, "/health?at=123")).status, 200, "who watches it keeps caches out so");
});

Deno.test("UI253 a parameter that is given twice is refused with 400, where it is not meant to be repeated", async () => {
  const { app } = makeServer();
  const cases: [string, string][] = [
    ["/api/recall?q=a&q=b", "q"],
    ["/api/log?limit=1&newest=true&limit=1", "limit"],
    ["/api/objects/genesis?asOf=1&asOf=2", "asOf"],
    ["/events?after=a&after=b", "after"],
    ["/api/export?as=archive&object=a&object=b&as=blueprint", "as"],
  ];
  for (const [path, parameter] of cases) {
    const response = await ask(app, path);
    assert.equal(response.status, 400, path);
    const { code, message, details } = await errorOf(response);
    assert.deepEqual([code, details.paths], ["repeated_parameter", [parameter]]);
    assert.match(message, new RegExp(`"${parameter}" is given more than once`));
  }
  const many = await ask(app, "/api/export?object=a&object=b");
  assert.equal((await errorOf(many)).code, "not_ready", "the image in memory has no exchange");
});

Deno.test("UI253 commands, imports and ingests refuse parameters that are not known", async () => {
  const { app, door } = makeServer();
  const before = door.image.position;
  const body = JSON.stringify({ command: "REMEMBER", text: "a" });
  const headers = { "content-type": "application/json" };
  for (const path of ["/api/commands?dryRun=true", "/api/import?onconflict=skip", "/api/ingest?dryRun=1"]) {
    const response = await ask(app, path, { method: "POST", body, headers });
    assert.equal(response.status, 400, path);
    assert.equal((await errorOf(response)).code, "unknown_parameter");
  }
  assert.equal(door.image.position, before);
});

Deno.test("UI253 numbers in a query are decimal digits, and vectors are true or false", async () => {
  const { app } = makeServer();
  const cases = [
    "/api/recall?q=a&k=",
    "/api/log?limit=",
    "/api/children/genesis?limit=",
    "/api/recall?q=a&since=",
  ];
  for (const path of cases) {
    for (const number of ["0x10", "1e1", "", "%2010", "1.5", "0b11", "+1", "Infinity"]) {
      const response = await ask(app, path + number);
      assert.equal(response.status, 422, path + number);
      assert.match((await errorOf(response)).message, /must be a whole number in decimal digits/);
    }
    assert.equal((await ask(app, `${path}10`)).status, 200);
  }
  for (const vectors of ["yes", "1", "TRUE", ""]) {
    const response = await ask(app, `/api/export?vectors=${vectors}`);
    assert.equal(response.status, 422, vectors);
    assert.match((await errorOf(response)).message, /"vectors" must be one of true, false/);
  }
});

Deno.test("UI44 questions answer in the shapes of the contract", async () => {
  const { app, door } = makeServer();
  await post(app, JSON.stringify({ command: "REMEMBER", text: "The blue key opens the shed" }));
  const json = async (path: string) => (await ask(app, path)).json();
  assert.equal((await json("/api/recall?q=blue%20key"))[0].text, "The blue key opens the shed");
  assert.equal((await json("/api/log?newest=true&limit=1")).thoughts[0].position, door.image.position);
  assert.equal((await json("/api/canvas/main")).canvas, "main");
  assert.equal((await json("/api/conversation")).thread, "main");
  assert.equal((await json("/api/models")).mind, "recall");
  assert.equal((await json("/health")).image.position, door.image.position);
});

Deno.test("UI45 each error has the status of its kind; one that is not listed is the caller's, or temporary", () => {
  const shape = (code: string, retryable = false) => ({
    code,
    message: "",
    hint: "",
    retryable,
    details: {},
  });
  assert.equal(statusOf(shape("not_found")), 404);
  assert.equal(statusOf(shape("unknown_persona")), 404);
  assert.equal(statusOf(shape("conflict", true)), 409);
  assert.equal(statusOf(shape("model_missing")), 503);
  assert.equal(statusOf(shape("too_large")), 413);
  assert.equal(statusOf(shape("not_ready", true)), 503);
  assert.equal(statusOf(shape("slot_invalid")), 422);
  assert.equal(statusOf(shape("something_new", true)), 503);
  assert.ok(hasErrorShape(shape("a")));
  for (const other of [null, "text", new Error("x"), { ...shape("a"), details: null }]) {
    assert.ok(!hasErrorShape(other));
  }
});
