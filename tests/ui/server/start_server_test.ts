import assert from "node:assert/strict";
import { RemoteDoor } from "../../../ui/door/mod.ts";
import { readServerFile, serverFilePath, startServer } from "../../../ui/server/mod.ts";
import { MemoryDoor } from "../../support/memory_door.ts";
import { serve } from "../../support/served_door.ts";

Deno.test("UI60 server.json appears after listening, for its owner alone, and goes at shutdown", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    serverFilePath(folder),
    '{"pid":1,"url":"http://stale","token":"x","version":"0"}',
  );
  const door = new MemoryDoor();
  const assets = { read: () => Promise.resolve(null) };
  const server = await startServer({ door, assets, folder, host: "127.0.0.1", port: 0, version: "1.2.3" });
  const file = await readServerFile(folder);
  assert.deepEqual(file, { pid: Deno.pid, url: server.url, token: server.token, version: "1.2.3" });
  assert.equal((await Deno.stat(serverFilePath(folder))).mode! & 0o777, 0o600);
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const health = await fetch(`${server.url}/health`);
  assert.equal(health.status, 200);
  await health.body?.cancel();
  await server.shutdown("the test is over");
  assert.equal(await readServerFile(folder), null);
  assert.equal(await server.finished, "the test is over");
  assert.ok(door.closed);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UI60 a request to end while server.json is being written leaves none behind", async () => {
  const folder = await Deno.makeTempDir();
  const door = new MemoryDoor();
  const { rename } = Deno;
  Deno.rename = async (from, to) => {
    Deno.kill(Deno.pid, "SIGTERM");
    // Longer than going down takes where nothing waits for this.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await rename(from, to);
  };
  try {
    const assets = { read: () => Promise.resolve(null) };
    const options = { door, assets, folder, host: "127.0.0.1", port: 0, version: "1", signals: true };
    const server = await startServer(options);
    assert.ok(server.isStopping);
    assert.equal(await server.finished, "SIGTERM");
  } finally {
    Deno.rename = rename;
  }
  assert.ok(door.closed);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});

Deno.test("UI61 a port in use is a typed error with what to do, and leaves nothing behind", async () => {
  await using first = await serve();
  const folder = await Deno.makeTempDir();
  const attempt = serve({ folder, port: first.server.port });
  await assert.rejects(attempt, (error: Error & Record<string, unknown>) => {
    assert.equal(error.code, "port_in_use");
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${first.server.port}`));
    assert.match(String(error.hint), /--port/);
    return true;
  });
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});

Deno.test("UI61 an address that is not of this machine is a typed error", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(serve({ folder, host: "203.0.113.7" }), (error: Error & { code: string }) => {
    assert.equal(error.code, "host_unavailable");
    assert.doesNotMatch(error.message, /\n/, "a stack is no reason");
    return true;
  });
  await Deno.remove(folder);
});

Deno.test("UI62 beyond loopback the url is reachable from here and needs the token", async () => {
  await using served = await serve({ host: "0.0.0.0" });
  assert.match(served.url, /^http:\/\/127\.0\.0\.1:/);
  assert.ok(served.server.requireToken);
  const refused = await fetch(`${served.url}/health`);
  assert.equal(refused.status, 401);
  await refused.body?.cancel();
  const door = new RemoteDoor({ url: served.url, token: served.server.token });
  assert.equal((await door.health()).status, "ok");
  await door.close();
});

Deno.test("UI63 SHUTDOWN_REQUEST is answered, then streams end, then the door is closed", async () => {
  const served = await serve();
  const stream = await fetch(`${served.url}/events`);
  const answer = await fetch(`${served.url}/api/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"command":"SHUTDOWN_REQUEST"}',
  });
  assert.equal(answer.status, 200);
  assert.deepEqual((await answer.json()).result, { stopping: true });
  assert.match(await stream.text(), /^retry/);
  assert.equal(await served.server.finished, "it was asked to");
  assert.ok(served.door.closed);
  await served[Symbol.asyncDispose]();
});

Deno.test("UI64 a request under way at shutdown is answered", async () => {
  const served = await serve();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  served.door.models = async () => {
    started.resolve();
    await release.promise;
    return { mind: "recall", installed: [], missing: [] };
  };
  const asking = fetch(`${served.url}/api/models`);
  await started.promise;
  const down = served.server.shutdown("now");
  release.resolve();
  const response = await asking;
  assert.equal(response.status, 200);
  await response.body?.cancel();
  await down;
  await served[Symbol.asyncDispose]();
});

Deno.test("UI65 a request that never ends does not keep the server up", async () => {
  const served = await serve({ limits: { shutdownMs: 20 } });
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  served.door.models = async () => {
    started.resolve();
    await release.promise;
    return { mind: "recall", installed: [], missing: [] };
  };
  const asking = fetch(`${served.url}/api/models`);
  await started.promise;
  await served.server.shutdown("now");
  assert.ok(served.door.closed);
  assert.match(served.lines.join(), /still under way after 20 ms/);
  release.resolve();
  await (await asking).body?.cancel();
  await served[Symbol.asyncDispose]();
});

Deno.test("UI66 a server.json that is not whole, or where no file can be, counts as none", async () => {
  const folder = await Deno.makeTempDir();
  assert.equal(await readServerFile(`${folder}/${"long".repeat(100)}`), null);
  await Deno.mkdir(serverFilePath(folder));
  assert.equal(await readServerFile(folder), null);
  await Deno.remove(serverFilePath(folder));
  assert.equal(await readServerFile(folder), null);
  for (const text of ["", "{", "{}", '{"pid":"x"}', "null"]) {
    await Deno.writeTextFile(serverFilePath(folder), text);
    assert.equal(await readServerFile(folder), null);
  }
  await Deno.remove(folder, { recursive: true });
});
