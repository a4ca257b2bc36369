import assert from "node:assert/strict";
import { connect, runningServer } from "../../../ui/cli/connect.ts";
import { RemoteDoor } from "../../../ui/door/mod.ts";
import { serve } from "../../support/served_door.ts";
import { memoryCliEnvironment } from "../../support/cli_main.ts";

const settings = (image: string) => ({
  image,
  port: 0,
  host: "127.0.0.1",
  models: null,
  backupKey: null,
  ollamaHost: "http://127.0.0.1:11434",
});
const locked = () =>
  Promise.reject(
    Object.assign(new Error("locked"), { code: "image_locked", hint: "", retryable: true, details: {} }),
  );

Deno.test("UI105 the server that answers to the token in server.json is used", async () => {
  await using served = await serve();
  const { door, server } = await connect(settings(served.folder), memoryCliEnvironment());
  assert.ok(door instanceof RemoteDoor);
  assert.equal(server?.url, served.url);
  await door.close();
});

Deno.test("UI106 a server.json whose address answers for another image is not believed", async () => {
  await using served = await serve();
  const folder = await Deno.makeTempDir();
  const wrong = { pid: 1, url: served.url, token: "of-a-dead-server", version: "0" };
  await Deno.writeTextFile(`${folder}/server.json`, JSON.stringify(wrong));
  assert.equal(await runningServer(folder), null);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UI106 the server.json that a copy of a served folder has in it leads to no other image than the copy", async () => {
  await using served = await serve();
  const parent = await Deno.makeTempDir();
  const copy = `${parent}/copy`;
  await Deno.mkdir(copy);
  await Deno.copyFile(`${served.folder}/server.json`, `${copy}/server.json`);
  assert.equal(await runningServer(copy), null);
  // By another way to the same folder it is the server of that folder.
  await Deno.symlink(served.folder, `${parent}/link`);
  const running = await runningServer(`${parent}/link`);
  assert.equal(running?.server.url, served.url);
  await running!.door.close();
  await Deno.remove(parent, { recursive: true });
});

Deno.test("UI107 an image that stays locked with no server is unavailable, in words", async () => {
  const folder = await Deno.makeTempDir();
  const said: string[] = [];
  const environment = {
    ...memoryCliEnvironment(),
    openLocal: locked,
    stderr: (text: string) => void said.push(text),
  };
  await assert.rejects(connect(settings(folder), environment, { connectMsMax: 30 }), {
    code: "unavailable",
    retryable: true,
  });
  assert.equal(said.length, 1);
  await Deno.remove(folder);
});
