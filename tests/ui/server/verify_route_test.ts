import assert from "node:assert/strict";
import { RemoteDoor, RemoteError } from "../../../ui/door/mod.ts";
import type { VerifyStep } from "../../../ui/protocol.ts";
import { MemoryDoor } from "../../support/memory_door.ts";
import { serve } from "../../support/served_door.ts";
import { ask, makeServer } from "./ask.ts";

Deno.test("UI140 GET /api/verify answers progress line by line, then one report; POST repairs", async () => {
  await using served = await serve();
  const asked: (boolean | undefined)[] = [];
  const verify = served.door.verify.bind(served.door);
  served.door.verify = (options) => {
    asked.push(options?.repair);
    return verify(options);
  };
  const door = new RemoteDoor({ url: served.url, token: served.server.token });
  const steps: VerifyStep[] = [];
  const report = await door.verify({ onProgress: (step) => steps.push(step) });
  assert.deepEqual([report.ok, report.position], [true, served.door.image.position]);
  assert.deepEqual(steps, [{ stage: "objects", done: served.door.image.objects.size }]);
  assert.equal((await door.verify({ repair: true })).ok, true);
  assert.deepEqual(asked, [false, true]);
  await door.close();
});

Deno.test("UI140 a page of another origin cannot have the image verified or repaired", async () => {
  const { app } = makeServer();
  for (const method of ["GET", "POST"]) {
    const response = await ask(app, "/api/verify", {
      method,
      headers: { origin: "http://elsewhere.example" },
    });
    assert.equal(response.status, 403);
    await response.body?.cancel();
  }
});

Deno.test("UI141 what ends a walk comes as an error of the contract, and a client that goes ends the walk", async () => {
  const door = new MemoryDoor();
  const started = Promise.withResolvers<AbortSignal>();
  door.verify = (options) => {
    started.resolve(options!.signal!);
    return new Promise((_, reject) =>
      options!.signal!.addEventListener("abort", () => reject(options!.signal!.reason))
    );
  };
  const { app } = makeServer({ door });
  const response = await ask(app, "/api/verify");
  const signal = await started.promise;
  await response.body!.cancel();
  assert.equal(signal.aborted, true);

  door.verify = () =>
    Promise.reject(
      new RemoteError({ code: "not_ready", message: "m", hint: "h", retryable: true, details: {} }, null),
    );
  const refused = await ask(app, "/api/verify");
  assert.deepEqual(JSON.parse(await refused.text()).error.code, "not_ready");
});

Deno.test("UI142 an answer that is no report, or ends before it, is a typed error", async () => {
  const answers: [string, string][] = [
    ["", "unavailable"],
    ['{"progress":{"stage":"log","done":1}}\n', "unavailable"],
    ["<html>\n", "bad_answer"],
    ['{"report":{"ok":true}}\n', "bad_answer"],
    ['{"error":{"code":"corrupt","message":"m","hint":"h","retryable":false,"details":{}}}\n', "corrupt"],
  ];
  for (const [text, code] of answers) {
    const door = new RemoteDoor({
      url: "http://127.0.0.1:1",
      fetch: () => Promise.resolve(new Response(text)),
    });
    await assert.rejects(door.verify(), (error) => error instanceof RemoteError && error.code === code, text);
    await door.close();
  }
});
