/**
 * The program: it puts the parts together and hands over to the command line. In the single binary it is also every
 * child process, under a hidden subcommand.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Memory } from "./actors/memory/mod.ts";
import { LocalMind, OllamaMind, RecallMind, SteadyMind } from "./actors/minds/mod.ts";
import { Sandbox } from "./actors/sandbox/mod.ts";
import {
  AssetError,
  CHILD_COMMAND,
  giveUpChildrensPermissions,
  isChildKind,
  readAsset,
  runChild,
  sandboxParts,
  spawnChild,
  workerUrl,
} from "./actors/system/assets.ts";
import { crashHook, LivingImage, type MemoryContext } from "./actors/system/mod.ts";
import {
  type CliEnvironment,
  defaultModelCache,
  environmentVariables,
  readKeyText,
  runCli,
  type Settings,
} from "./ui/cli/mod.ts";
import { type Door, LocalDoor } from "./ui/door/mod.ts";
import { startServer } from "./ui/server/mod.ts";
import { Embedder, ExactIndex, LexicalIndex, modelSource, spawnPip } from "./vector/mod.ts";
import config from "./deno.json" with { type: "json" };

const variables = [...environmentVariables, "XDG_CACHE_HOME", "DENO_DIR", "TELOS_TEST", "TELOS_CRASH_AT"];
const env = Object.fromEntries(variables.map((name) => [name, Deno.env.get(name)]));

async function openLocal(settings: Settings, progress: (line: string) => void): Promise<Door> {
  const crash = crashHook(env);
  const image = await LivingImage.open({
    folder: settings.image,
    version: config.version,
    startSandbox: () => Sandbox.start(sandboxParts()),
    startMemory: (context) => startMemory(settings, context),
    minds: [
      new SteadyMind(new OllamaMind({ host: settings.ollamaHost })),
      localMind(settings),
      new RecallMind(),
    ],
    readBackupKey: () => readKeyText(settings.backupKey),
    ...(crash === undefined ? {} : { crash }),
  });
  if (image.isNew) progress(`made a new image in ${settings.image}`);
  return new LocalDoor(image);
}

function localMind(settings: Settings): SteadyMind {
  const folders = [settings.models, defaultModelCache(env, Deno.build.os)].filter((each) => each !== null);
  return new SteadyMind(new LocalMind({ spawn: () => spawnChild("local_mind"), folders }));
}

async function startMemory(settings: Settings, context: MemoryContext): Promise<Memory> {
  const models = modelSource({
    folder: settings.models,
    cache: defaultModelCache(env, Deno.build.os),
    spawnPip,
  });
  const kernel = await readAsset("exact.wasm");
  const crash = crashHook(env);
  return await Memory.start({
    ...context,
    ...(crash === undefined ? {} : { crash }),
    archive: { spawn: () => spawnChild("archive_builder"), kernel },
    startEmbedder: (onStatus) => Embedder.start({ spawn: () => spawnChild("embedder"), models, onStatus }),
    startIndex: (dimensions, onFailure) =>
      ExactIndex.start({ dimensions, worker: workerUrl("exact"), kernel, onFailure }),
    startLexical: (options) => LexicalIndex.start({ ...options, worker: workerUrl("lexical") }),
  });
}

/** A file of the canvas, or null when there is no such file. */
async function readCanvas(name: string): Promise<Uint8Array | null> {
  try {
    return await readAsset(`canvas/${name}`);
  } catch (error) {
    if (error instanceof AssetError) return null;
    throw error;
  }
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    // Whoever read the result has had enough, as `head` does: that ends a command, and is no failure of it.
    if (stream !== Deno.stdout || !(error instanceof Deno.errors.BrokenPipe)) throw error;
    Deno.exit(0);
  }
}

/** The words that run this program as it runs here: the binary, or Deno under the same permissions. */
function programWords(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  const [, flags] = /^deno run (.*?) --allow-run=/.exec(config.tasks.telos.command) ?? [];
  const words = flags!.replaceAll('"', "").split(" ");
  const entry = fileURLToPath(Deno.mainModule);
  const configFile = `--config=${join(dirname(entry), "deno.json")}`;
  return [Deno.execPath(), "run", configFile, ...words, `--allow-run=${Deno.execPath()}`, entry];
}

const environment: CliEnvironment = {
  version: config.version,
  program: programWords,
  openLocal,
  startServer,
  assets: { read: readCanvas },
  stdout: (text) => write(Deno.stdout, text),
  stderr: (text) => write(Deno.stderr, text),
  stdin: () => Deno.stdin.readable,
  env,
  platform: Deno.build.os,
  currentFolder: Deno.cwd(),
  onInterrupt: (callback) => {
    const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
    for (const signal of signals) Deno.addSignalListener(signal, callback);
    return () => signals.forEach((signal) => Deno.removeSignalListener(signal, callback));
  },
  openBrowser: async (url) => {
    const [command, ...args] =
      { darwin: ["open"], windows: ["cmd", "/c", "start", ""] }[Deno.build.os as string] ??
        ["xdg-open"];
    const { code } = await new Deno.Command(command!, { args: [...args, url] }).output();
    if (code !== 0) throw new Error(`${command} ended with code ${code}`);
  },
  crash: crashHook(env),
  interactive: Deno.stderr.isTerminal(),
};

const [first, second] = Deno.args;
if (first === CHILD_COMMAND && second !== undefined && isChildKind(second)) await runChild(second);
else {
  giveUpChildrensPermissions();
  Deno.exit(await runCli(Deno.args, environment));
}
