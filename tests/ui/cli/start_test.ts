import assert from "node:assert/strict";
import { readServerFile, startServer } from "../../../ui/server/mod.ts";
import { MemoryDoor } from "../../support/memory_door.ts";
import { type Terminal, terminal } from "./terminal.ts";

type Changes = Parameters<Terminal["runWith"]>[0];

async function started(changes: Changes, ...args: string[]) {
  const folder = await Deno.makeTempDir({ prefix: "telos-start-" });
  const { runWith } = terminal(new MemoryDoor({ folder }));
  const run = runWith(changes, "start", "--image", folder, "--port", "0", ...args);
  return { folder, run };
}

/** A server that is told to stop once what it has printed is as wanted. */
function stoppingOnce(printed: (text: string) => boolean) {
  let stop: (() => void) | undefined;
  let out = "";
  const changes: Changes = {
    startServer: async (options) => {
      const server = await startServer(options);
      stop = () => void server.shutdown("the test is over");
      if (printed(out)) stop();
      return server;
    },
    stdout: (text) => {
      out += text;
      if (printed(out)) stop?.();
    },
  };
  return { changes, printed: () => out };
}

Deno.test("UI270 a start that is told to stop before it is ready does not say that it runs", async () => {
  const { changes, printed } = stoppingOnce(() => true);
  const { folder, run } = await started(changes);
  const { code, err } = await run;
  assert.deepEqual([code, printed()], [0, ""]);
  assert.match(err, /Stopped: the test is over/);
  assert.equal(await readServerFile(folder), null);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("UI100 start --json has the token where one is needed, and only there", async () => {
  for (const [host, isNeeded] of [["0.0.0.0", true], ["127.0.0.1", false]] as const) {
    const { changes, printed } = stoppingOnce((text) => text.includes("\n"));
    let token = "";
    const { startServer: serve } = changes;
    const keep: Changes["startServer"] = async (options) => {
      const server = await serve!(options);
      token = server.token;
      return server;
    };
    const { folder, run } = await started({ ...changes, startServer: keep }, "--json", "--host", host);
    assert.equal((await run).code, 0);
    assert.equal(JSON.parse(printed()).token, isNeeded ? token : undefined);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("UI271 start --open goes on where no browser opens, and while one stays", async () => {
  const openers = [
    () => Promise.reject(new Deno.errors.NotFound("No such file")),
    () => new Promise<void>(() => {}),
  ];
  for (const openBrowser of openers) {
    const { changes, printed } = stoppingOnce((text) => text.includes("Ctrl-C stops it."));
    const { folder, run } = await started({ ...changes, openBrowser }, "--open");
    const { code, err } = await run;
    assert.equal(code, 0, err);
    assert.match(err, /Stopped: the test is over/);
    if (openBrowser === openers[0]) {
      assert.match(err, /No browser was opened \(there is none that may be started\): open http/);
    }
    assert.match(printed(), /is running/);
    await Deno.remove(folder, { recursive: true });
  }
});
