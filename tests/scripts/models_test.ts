import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Nothing listens there, and nothing may: it is reserved. */
const NOWHERE = "http://127.0.0.1:1";

/** The task's program, with no pip that it may start, over a cache of its own. */
async function models(cache: string, proxy: string): Promise<Deno.ChildProcess> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string };
  const [, flags] = /^deno run (.*) --allow-run=.* (\S+)$/.exec(config.tasks.models.command)!;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...flags!.replaceAll('"', "").split(" "), join(root, "scripts", "models.ts")],
    env: {
      DENO_DIR: denoDir,
      XDG_CACHE_HOME: cache,
      TELOS_MODELS: "",
      HTTPS_PROXY: proxy,
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("TO9 the sources that were asked are named with why, and nothing else", async () => {
  const cache = await Deno.makeTempDir({ prefix: "telos-models-" });
  const { code, stdout, stderr } = await (await models(cache, NOWHERE)).output();
  const said = new TextDecoder().decode(stderr);
  assert.deepEqual([code, stdout.length], [1, 0], said);
  assert.match(
    said,
    /^ {2}the cache: .*\n {2}the hub: .*\n {2}the wheels: there is no pip that may be started$/m,
  );
  assert.doesNotMatch(said, /the models folder|--allow-run/);
  await Deno.remove(cache, { recursive: true });
});

Deno.test({
  name: "TO9 Ctrl-C ends the fetching in words, and nothing half fetched stays",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const cache = await Deno.makeTempDir({ prefix: "telos-models-" });
    using hub = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const child = await models(cache, `http://127.0.0.1:${hub.addr.port}`);
    using _held = await hub.accept();
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [1, "Stopped: nothing of it is kept.\n"]);
    assert.deepEqual([...Deno.readDirSync(join(cache, "telos", "models"))], []);
    await Deno.remove(cache, { recursive: true });
  },
});
