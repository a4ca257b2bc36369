import assert from "node:assert/strict";
import { join } from "node:path";
import { environmentVariables } from "../../../ui/cli/mod.ts";
import { readServerFile } from "../../../ui/server/mod.ts";

const program = new URL("../../support/cli_main.ts", import.meta.url).pathname;

function telos(image: string, args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-read",
      `--allow-write=${image}`,
      `--allow-env=${environmentVariables.join(",")}`,
      program,
      "--image",
      image,
      ...args,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(image: string, ...args: string[]) {
  const { code, stdout, stderr } = await telos(image, args).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Starts a server as its own process and reads the one line that it prints. */
async function start(image: string) {
  const child = telos(image, ["start", "--port", "0", "--json"]).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { done, value } = await lines.read();
    if (done) throw new Error(`start ended: ${await new Response(child.stderr).text()}`);
    line += value;
  }
  const rest = (async () => {
    let text = "";
    for (;;) {
      const { done, value } = await lines.read();
      if (done) return text;
      text += value;
    }
  })();
  const said = new Response(child.stderr).text();
  return { child, report: JSON.parse(line), rest, said };
}

async function withImage(body: (image: string) => Promise<void>): Promise<void> {
  const image = await Deno.makeTempDir({ prefix: "telos-cli-" });
  try {
    await body(image);
  } finally {
    await Deno.remove(image, { recursive: true });
  }
}

Deno.test("UI100 start prints one line, commands go through it, a second start names it, SIGTERM ends it", () =>
  withImage(async (image) => {
    const { child, report, rest, said } = await start(image);
    assert.deepEqual(Object.keys(report), ["url", "image", "mind", "embedding", "degraded"]);
    assert.equal(report.image, image);
    assert.equal(report.degraded[0].hint, "start Ollama");
    assert.equal((await readServerFile(image))?.url, report.url);

    assert.equal((await run(image, "extend", "genesis", "--name", "lamp")).code, 0);
    const lamp = await run(image, "inspect", "lamp", "--json");
    assert.equal(JSON.parse(lamp.out).name, "lamp");
    const overHttp = await (await fetch(`${report.url}/api/objects/lamp`)).json();
    assert.deepEqual(JSON.parse(lamp.out), overHttp);
    const asked = await run(image, "ask", "hello");
    assert.deepEqual([asked.code, asked.out], [0, "You asked: hello\n"]);

    const second = await run(image, "start", "--port", "0", "--json");
    assert.equal(second.code, 6);
    assert.equal(JSON.parse(second.out).error.details.url, report.url);
    assert.match(second.err, new RegExp(`already served at ${report.url}`));

    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    assert.equal(await rest, "");
    assert.match(await said, /Stopped: SIGTERM/);
    assert.equal(await readServerFile(image), null);
  }));

Deno.test("UI101 Ctrl-C during ask stops the answer on the server", () =>
  withImage(async (image) => {
    const { child, report, rest, said } = await start(image);
    const asking = telos(image, ["ask", "forever"]).spawn();
    const reader = asking.stdout.getReader();
    await reader.read();
    asking.kill("SIGINT");
    assert.equal((await asking.status).code, 1);
    await reader.cancel();
    assert.match(await new Response(asking.stderr).text(), /The answer was stopped/);
    const { exchanges } = await (await fetch(`${report.url}/api/conversation`)).json();
    assert.deepEqual(exchanges, []);
    assert.equal((await run(image, "stop")).code, 0);
    assert.equal((await child.status).code, 0);
    await Promise.all([rest, said]);
  }));

Deno.test({
  name: "UI101 so does a request to end",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withImage(async (image) => {
      const { child, report, rest, said } = await start(image);
      const asking = telos(image, ["ask", "forever"]).spawn();
      const reader = asking.stdout.getReader();
      await reader.read();
      asking.kill("SIGTERM");
      assert.equal((await asking.status).code, 1);
      await reader.cancel();
      assert.match(await new Response(asking.stderr).text(), /The answer was stopped/);
      const { exchanges } = await (await fetch(`${report.url}/api/conversation`)).json();
      assert.deepEqual(exchanges, []);
      assert.equal((await run(image, "stop")).code, 0);
      assert.equal((await child.status).code, 0);
      await Promise.all([rest, said]);
    }),
});

Deno.test("UI102 after kill -9 the stale server.json misleads nobody", () =>
  withImage(async (image) => {
    const { child, report, rest, said } = await start(image);
    child.kill("SIGKILL");
    await child.status;
    await Promise.all([rest, said]);
    assert.notEqual(await readServerFile(image), null);
    const stop = await run(image, "stop");
    assert.equal(stop.code, 6);
    assert.match(stop.err, new RegExp(`No server answers .*\n.*process ${child.pid} at ${report.url}`));
    const health = await run(image, "health", "--json");
    assert.equal(health.code, 0);
    assert.equal(JSON.parse(health.out).image.folder, image);
    const again = await start(image);
    assert.equal((await readServerFile(image))?.pid, again.child.pid);
    again.child.kill("SIGTERM");
    await again.child.status;
    await Promise.all([again.rest, again.said]);
  }));

Deno.test("UI103 a command waits while another one has the image open, then does its work", () =>
  withImage(async (image) => {
    const lock = await Deno.open(join(image, "lock"), { create: true, write: true });
    await lock.lock(true);
    const waiting = telos(image, ["health", "--json"]).spawn();
    const reader = waiting.stderr.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await reader.read()).value ?? "", /open in another process: waiting/);
    lock.close();
    assert.equal((await waiting.status).code, 0);
    assert.equal(JSON.parse(await new Response(waiting.stdout).text()).status, "ok");
    await reader.cancel();
  }));

Deno.test("UI104 a port in use ends start with exit code 6, and the image is free again", () =>
  withImage(async (image) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const ran = await run(image, "start", "--port", String(port), "--json");
    listener.close();
    assert.equal(ran.code, 6);
    assert.equal(JSON.parse(ran.out).error.code, "port_in_use");
    assert.match(ran.err, /--port/);
    assert.equal((await run(image, "health")).code, 0);
  }));
