import assert from "node:assert/strict";
import { join } from "node:path";
import { openStore } from "../../kv/mod.ts";
import { checkImage } from "../../scripts/torture/check_image.ts";
import { serviceFiles } from "../../ui/cli/exchange/service_files.ts";
import { findProgram, testWithParts } from "../support/parts.ts";
import { eventually, exists, NOWHERE, Telos } from "./telos.ts";

const ODD = 'an im%age with "quotes", a $sign & a \\back';

const options = {
  program: ["/bin/echo", `--config=/a b/${ODD}`],
  image: `/images/${ODD}`,
  host: "127.0.0.1",
  port: 4680,
  logs: "/logs",
  environment: { HOME: "/home/a b", TELOS_MODELS: ODD },
  user: null,
};

function fileOf(name: string, more: Partial<Parameters<typeof serviceFiles>[0]> = {}): string {
  return serviceFiles({ ...options, ...more }).find((file) => file.name === name)!.text;
}

async function output(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${text(stdout)}${text(stderr)}`);
  return text(stdout) + text(stderr);
}

testWithParts(
  "FG8 systemd finds nothing wrong with the unit, for a person and for the machine",
  await findProgram("systemd-analyze", "systemd"),
  async (program) => {
    for (const user of [null, "root"]) {
      const folder = await Deno.makeTempDir({ prefix: "telos-unit-" });
      const file = join(folder, "telos.service");
      await Deno.writeTextFile(file, fileOf("telos.service", { user }));
      const said = await output(program, ["verify", ...(user === null ? ["--user"] : []), file], {
        XDG_RUNTIME_DIR: folder,
      });
      assert.doesNotMatch(said, /telos\.service/);
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWithParts(
  "FG8 the property list says what is to run, whatever characters it holds",
  await findProgram("python3", "python3"),
  async (program) => {
    const file = await Deno.makeTempFile({ suffix: ".plist" });
    await Deno.writeTextFile(file, fileOf("org.telos.image.plist"));
    const script = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    const list = JSON.parse(await output(program, ["-c", script, file]));
    assert.deepEqual(list.ProgramArguments, [
      ...options.program,
      "start",
      "--image",
      options.image,
      "--host",
      "127.0.0.1",
      "--port",
      "4680",
    ]);
    assert.deepEqual(list.EnvironmentVariables, options.environment);
    assert.deepEqual([list.RunAtLoad, list.KeepAlive], [true, { SuccessfulExit: false }]);
    await Deno.remove(file);
  },
);

Deno.test("FG8 a port that is chosen anew each time cannot be where a service is found", async () => {
  await using telos = await Telos.create();
  const refused = await telos.run(["forge", "--services", join(telos.folder, "services"), "--port", "0"]);
  assert.deepEqual([refused.code, await exists(join(telos.folder, "services"))], [2, false]);
  assert.match(refused.err, /port/);
  assert.equal((await telos.run(["forge"])).code, 2);
  assert.equal((await telos.run(["forge", "world.json", "--from-image"])).code, 2);
});

Deno.test("FG8 a service has the settings that were given, by flag or by variable, and no key but in a file", async () => {
  await using telos = await Telos.create({ env: { TELOS_BACKUP_KEY: "telos.key", OLLAMA_HOST: "other:80" } });
  const services = join(telos.folder, "services");
  const words = ["forge", "--services", services, "--models", "mine"];
  await telos.did(...words);
  const unit = await Deno.readTextFile(join(services, "telos.service"));
  for (
    const set of [
      `TELOS_MODELS=${join(telos.folder, "mine")}`,
      `TELOS_BACKUP_KEY=${join(telos.folder, "telos.key")}`,
      "OLLAMA_HOST=http://other",
    ]
  ) assert.ok(unit.includes(`\nEnvironment="${set}"\n`), `${set} in ${unit}`);
  const key = new Uint8Array(32).toBase64();
  const refused = await telos.run([...words, "--backup-key", key]);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /must be in a file/);
  assert.ok(!refused.err.includes(key));
});

/** supervisord over the file that the program wrote; it ends with the test. */
class Supervisor implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #control: string;

  constructor(program: string, readonly configuration: string) {
    this.#control = join(program, "..", "supervisorctl");
    this.#child = new Deno.Command(program, {
      args: ["-n", "-c", configuration],
      env: { NO_COLOR: "1", HTTPS_PROXY: NOWHERE },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** What it says to a command; not every answer that is not "running" is a failure of it. */
  async ask(...words: string[]): Promise<string> {
    const { stdout } = await new Deno.Command(this.#control, { args: ["-c", this.configuration, ...words] })
      .output();
    return new TextDecoder().decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`);
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

testWithParts(
  "FG9 supervisord starts it, starts it again when it was killed, stops it in order, and turns its logs over",
  await findProgram("supervisord", "supervisor"),
  async (program) => {
    await using telos = await Telos.create();
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    const image = join(telos.folder, 'an im%age "here"');
    const services = join(telos.folder, "services");
    const written = await telos.json<{ services: string[] }>(
      "forge",
      "--services",
      services,
      "--image",
      image,
      "--port",
      String(port),
    );
    const configuration = written.services.find((file) => file.endsWith(".conf"))!;
    // So small that a few starts fill a log.
    const text = await Deno.readTextFile(configuration);
    await Deno.writeTextFile(configuration, text.replaceAll("maxbytes=10MB", "maxbytes=200"));

    await using supervisor = new Supervisor(program, configuration);
    const pidOf = async () => Number(/RUNNING\s+pid (\d+)/.exec(await supervisor.ask("status"))?.[1] ?? 0);
    const first = await eventually(pidOf, (pid) => pid > 0);
    await eventually(() => answers(url), Boolean);
    await telos.did("remember", "the supervisor has a whistle", "--image", image);

    Deno.kill(first, "SIGKILL");
    const second = await eventually(pidOf, (pid) => pid > 0 && pid !== first);
    await eventually(() => answers(url), Boolean);
    assert.match(await telos.did("recall", "whistle", "--image", image), /supervisor has a whistle/);
    assert.equal(JSON.parse(await Deno.readTextFile(join(image, "server.json"))).pid, second);

    await telos.did("stop", "--image", image);
    await eventually(() => supervisor.ask("status"), (said) => !said.includes("RUNNING"));
    assert.match(await supervisor.ask("status"), /EXITED/, "what was told to stop is not started again");
    assert.match(await supervisor.ask("start", "telos"), /telos: started/);
    await eventually(() => answers(url), Boolean);

    assert.match(await supervisor.ask("stop", "telos"), /telos: stopped/);
    assert.match(await supervisor.ask("status"), /STOPPED/);
    assert.equal(await answers(url), false);
    assert.equal(await exists(join(image, "server.json")), false, "a graceful stop takes server.json away");
    const store = await openStore({ folder: image });
    assert.deepEqual(await checkImage(store), []);
    await store.close();
    const logs = (await Array.fromAsync(Deno.readDir(services))).map(({ name }) => name);
    assert.ok(logs.includes("telos.log.1"), `the log was not turned over: ${logs.join(", ")}`);

    assert.match(await supervisor.ask("start", "telos"), /telos: started/);
    await eventually(() => answers(url), Boolean);
    await supervisor.ask("shutdown");
  },
);
