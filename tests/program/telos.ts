/**
 * The program as a person runs it: `main.ts` in a process of its own, under the permissions of `deno task start`, over
 * an image in a folder of its own. Every process that was started ends, and the folder goes, when it is disposed of.
 */
import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../scripts/build.ts";
import config from "../../deno.json" with { type: "json" };
import { findFile, sharedFolder } from "../support/parts.ts";
import { type Ended, Server } from "./server.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));
/** The folder with the real embedding model, or why it is not there. */
export const modelsFolder = await findFile(join(sharedFolder(), "models"));
/** Nothing listens there, and nothing may: it is reserved. */
export const NOWHERE = "http://127.0.0.1:1";

/** Anything that a person waits for: bounded, and generous, as the machine may be busy. */
const PATIENCE_MS = 60_000;
/** The longest that any process of a test may live. */
const LIFE_MS_MAX = 180_000;

export interface TelosOptions {
  /** The folder with the embedding model; by default there is none to be had, and words alone serve. */
  readonly models?: string;
  readonly ollamaHost?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class Telos implements AsyncDisposable {
  /** Holds the image, the model cache, and whatever a test puts there. */
  readonly folder: string;
  readonly image: string;
  readonly #env: Record<string, string>;
  readonly #children = new Set<Deno.ChildProcess>();

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.image = join(folder, "image");
    this.#env = env;
  }

  static async create(options: TelosOptions = {}): Promise<Telos> {
    await build({ root, say: () => undefined });
    const folder = await Deno.makeTempDir({ prefix: "telos-program-" });
    return new Telos(folder, {
      DENO_DIR: await denoFolder(),
      XDG_CACHE_HOME: join(folder, "cache"),
      NO_COLOR: "1",
      TELOS_MODELS: options.models ?? "",
      TELOS_TEST: "",
      TELOS_CRASH_AT: "",
      OLLAMA_HOST: options.ollamaHost ?? NOWHERE,
      // The hub is out of reach, whatever this machine can reach.
      HTTPS_PROXY: NOWHERE,
      ...options.env,
    });
  }

  /** Starts a command and does not wait for it. */
  spawn(args: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
    return this.#spawn(Deno.execPath(), [...programArguments(), "--image", this.image, ...args], options);
  }

  #spawn(program: string, args: readonly string[], options: RunOptions): Deno.ChildProcess {
    const child = new Deno.Command(program, {
      args: [...args],
      cwd: this.folder,
      env: { ...this.#env, ...options.env },
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#children.add(child);
    // Nothing that a test starts goes on for ever: what hangs is ended, and then fails its test.
    const timer = setTimeout(() => child.kill("SIGKILL"), LIFE_MS_MAX);
    child.status.finally(() => {
      clearTimeout(timer);
      this.#children.delete(child);
    });
    return child;
  }

  /** Runs a line of a shell in which `deno task telos` is the program over this image. */
  async shell(line: string): Promise<Ended> {
    const folder = join(this.folder, "bin");
    await Deno.mkdir(folder, { recursive: true });
    const quoted = [Deno.execPath(), ...programArguments()].map((each) =>
      `'${each.replaceAll("'", "'\\''")}'`
    );
    const script = `#!/bin/sh\n[ "$1 $2" = "task telos" ] || exit 127\nshift 2\nexec ${
      quoted.join(" ")
    } "$@"\n`;
    await Deno.writeTextFile(join(folder, "deno"), script, { mode: 0o755 });
    const env = { PATH: `${folder}${delimiter}${Deno.env.get("PATH")}`, TELOS_IMAGE: this.image };
    return await this.#endOf(this.#spawn("sh", ["-c", line], { env }));
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = this.spawn(args, options);
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    return await this.#endOf(child);
  }

  async #endOf(child: Deno.ChildProcess): Promise<Ended> {
    const [out, err, { code }] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    return { code, out, err };
  }

  /** Runs a command that must be done, and answers what it printed. */
  async did(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run(args);
    assert.equal(code, 0, `telos ${args.join(" ")}: ${err}`);
    return out;
  }

  /** Runs a command with `--json` that must be done, and answers what it printed: JSON on one line. */
  async json<T = unknown>(...args: string[]): Promise<T> {
    const out = await this.did(...args, "--json");
    assert.match(out, /^[^\n]+\n$/, "one line");
    return JSON.parse(out) as T;
  }

  /** Starts the server on a free port and waits for its line. */
  async start(options: RunOptions & { readonly args?: readonly string[] } = {}): Promise<Server> {
    const child = this.spawn(["start", "--json", "--port", "0", ...options.args ?? []], options);
    const server = new Server(child);
    await server.started;
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#children].map((child) => {
      child.kill("SIGKILL");
      return child.status;
    });
    await Promise.all(ends);
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Looks until it is as wanted; for what happens by itself. */
export async function eventually<T>(look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (performance.now() > until) throw new Error(`It never became as wanted: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function programArguments(): string[] {
  return ["run", "--no-check", ...taskFlags(), join(root, "main.ts")];
}

/** The flags of `deno task start`, with no program to run but this Deno: no pip, which could fetch the model. */
function taskFlags(): string[] {
  const [, flags] = /^deno run (.*) main\.ts start$/.exec(config.tasks.start.command) ?? [];
  assert.ok(flags, "the task start is `deno run … main.ts start`");
  return flags.replace(/\$\([^)]*\)/, Deno.execPath()).replaceAll('"', "").split(" ");
}

/** Where this Deno keeps its packages, so that the program finds them when its cache is elsewhere. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}
