import assert from "node:assert/strict";
import { join } from "node:path";
import { keys, openStored as open, seal } from "../../kv/mod.ts";
import { readServerFile, serverFilePath } from "../../ui/server/mod.ts";
import { Server } from "./server.ts";
import { eventually, exists, NOWHERE, Telos } from "./telos.ts";

Deno.test("PR1 start prints one line, listens where it says, and leaves a clean folder when it is ended", async () => {
  await using telos = await Telos.create();
  const server = await telos.start();
  const { report } = server;
  assert.deepEqual(Object.keys(report), ["url", "image", "mind", "embedding", "degraded"]);
  assert.match(report.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(report.image, telos.image);
  assert.equal(report.mind, "recall");
  assert.equal(report.embedding, "lexical hashing");
  for (const { part, reason, hint } of report.degraded) assert.ok(part && reason && hint);
  assert.ok(report.degraded.some(({ part }) => part === "mind"), "the mind that quotes is a degraded one");
  const { mode } = await Deno.stat(serverFilePath(telos.image));
  if (Deno.build.os !== "windows") assert.equal((mode ?? 0) & 0o777, 0o600);
  assert.equal((await server.health()).image.folder, telos.image);
  const page = await fetch(server.url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/);
  const { code, out, err } = await server.stop();
  assert.equal(code, 0);
  assert.equal(out.trimEnd().split("\n").length, 1, out);
  assert.match(err, /Stopped: SIGTERM/);
  assert.doesNotMatch(err, /\n\s+at /, "a stack");
  const left = await Array.fromAsync(Deno.readDir(telos.image), ({ name }) => name);
  assert.deepEqual(left.sort(), ["archive", "image.kv", "lexical.sqlite", "lock"]);
});

Deno.test("PR2 the server answers at once and does its work while the model is still on its way", async () => {
  const held: Deno.Conn[] = [];
  using hub = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taking = (async () => {
    for await (const connection of hub) held.push(connection);
  })();
  await using telos = await Telos.create({
    env: { HTTPS_PROXY: `http://127.0.0.1:${(hub.addr as Deno.NetAddr).port}` },
  });
  await telos.run(["remember", "The blue key opens the shed."], { env: { HTTPS_PROXY: NOWHERE } });
  const server = new Server(telos.spawn(["start", "--json", "--port", "0"]));
  server.started.catch(() => undefined);
  const file = await eventually(() => readServerFile(telos.image), (found) => found !== null);
  const askedAt = performance.now();
  const early = await (await fetch(`${file!.url}/health`)).json();
  assert.ok(performance.now() - askedAt < 2_000);
  assert.equal(early.ready.image.state, "ready");
  await server.started;
  await eventually(() => Promise.resolve(held.length), (count) => count > 0);
  const during = await server.health();
  assert.equal(during.ready.embedder.state, "starting");
  assert.match(JSON.stringify(during.degraded), /found by their words/);
  assert.match(JSON.stringify(server.report.degraded), /found by their words.*re-embedded when it is/);
  assert.equal((await server.command({ command: "SEND", receiver: "square", selector: "area" })).result, 25);
  const hits = JSON.parse(await telos.did("recall", "--json", "blue key"));
  assert.equal(hits[0].text, "The blue key opens the shed.");
  for (const connection of held) connection.close();
  await eventually(() => server.health(), ({ ready }) => ready.embedder.state === "degraded");
  assert.equal((await server.stop()).code, 0);
  hub.close();
  await taking;
});

Deno.test("PR3 a start that cannot be is refused in words, with code 6, and leaves everything as it was", async () => {
  await using telos = await Telos.create();
  const server = await telos.start();
  const oid = (await server.object("square")).oid;

  const second = await telos.run(["start", "--port", "0", "--json"]);
  assert.equal(second.code, 6);
  const { error } = JSON.parse(second.out);
  assert.equal(error.details.url, server.url);
  assert.match(second.err, /already served at .*\n.*telos stop/);

  const elsewhere = join(telos.folder, "elsewhere");
  const { port } = new URL(server.url);
  const taken = await telos.run(["--image", elsewhere, "start", "--port", port]);
  assert.equal(taken.code, 6);
  assert.match(taken.err, /port is in use\n.*--port/);
  assert.equal(await exists(serverFilePath(elsewhere)), false);
  assert.match(await telos.did("--image", elsewhere, "send", "square", "area"), /^25$/m);
  assert.equal((await server.stop()).code, 0);

  const file = join(telos.folder, "a file");
  await Deno.writeTextFile(file, "mine");
  for (const place of [file, join(file, "below")]) {
    const refused = await telos.run(["--image", place, "start", "--port", "0", "--json"]);
    assert.equal(refused.code, 6, refused.err);
    assert.equal(JSON.parse(refused.out).error.code, "folder_unwritable");
    assert.ok(refused.err.includes(place), refused.err);
  }
  assert.equal(await Deno.readTextFile(file), "mine");

  const setSchema = async (version: number) => {
    const kv = await Deno.openKv(join(telos.image, "image.kv"));
    const before = open(keys.schema(), (await kv.get(keys.schema())).value) as { v: number };
    await kv.set(keys.schema(), seal({ v: version }, keys.schema()));
    kv.close();
    return before.v;
  };
  const known = await setSchema(99);
  const newer = await telos.run(["start", "--port", "0", "--json"]);
  assert.equal(newer.code, 6);
  assert.equal(JSON.parse(newer.out).error.code, "newer_schema");
  assert.match(newer.err, /schema.*99/);
  assert.equal(await exists(serverFilePath(telos.image)), false);
  assert.equal(await setSchema(known), 99);
  assert.equal((await telos.json<{ oid: string }>("inspect", "square")).oid, oid);
});

Deno.test("PR4 a wrong setting or wrong use is code 2 in words, and nothing is opened", async () => {
  await using telos = await Telos.create();
  const wrong: [string[], RegExp][] = [
    [["start", "--port", "70000"], /--port must be a whole number/],
    [["start", "--host", "no host"], /--host must be a host name/],
    [["--ollama-host", "ftp://x", "start"], /--ollama-host must be/],
    [["startt"], /unknown command.*start/s],
    [["start", "--fast"], /unknown option/],
  ];
  for (const [args, words] of wrong) {
    const { code, err } = await telos.run(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, words);
  }
  const { code, err } = await telos.run(["inspect", "square"], { env: { TELOS_PORT: "many" } });
  assert.equal(code, 2);
  assert.match(err, /TELOS_PORT must be/);
  assert.equal(await exists(telos.image), false);
});

Deno.test("UI272 a reader of standard error that has gone ends nothing", async () => {
  await using telos = await Telos.create();
  const child = telos.spawn(["remember", "The blue key opens the shed."]);
  // It says that it makes a new image, to nobody.
  await child.stderr.cancel();
  const [out, { code }] = await Promise.all([new Response(child.stdout).text(), child.status]);
  assert.equal(code, 0);
  assert.match(out, /^Remembered as /);
  assert.match(await telos.did("recall", "blue key"), /opens the shed/);
});

Deno.test("UI231 whoever makes a new image says so on standard error, and nobody says it of one that is there", async () => {
  await using telos = await Telos.create();
  const made = `made a new image in ${telos.image}\n`;
  const first = await telos.run(["inspect", "genesis", "--json"]);
  assert.deepEqual([first.code, first.err], [0, made]);
  assert.equal(JSON.parse(first.out).name, "genesis");
  const second = await telos.run(["inspect", "genesis"]);
  assert.deepEqual([second.code, second.err], [0, ""]);
  const mistyped = join(telos.folder, "imgae");
  const started = telos.spawn(["start", "--image", mistyped, "--json", "--port", "0"]);
  const server = new Server(started);
  await server.started;
  const { err } = await server.stop();
  assert.ok(err.startsWith(`made a new image in ${mistyped}\n`), err);
});
