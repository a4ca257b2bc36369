/**
 * Starts a real Ollama server on a free loopback port with models in a temporary folder, creates the small model
 * in it, and stops it by its process alone. Its log can be read with the moment at which each line came.
 *
 * ```ts
 * import { ollamaParts, startOllama } from "../support/ollama.ts";
 * import { testWithParts } from "../support/parts.ts";
 * testWithParts("OR1 …", await ollamaParts(), async () => {
 *   await using ollama = await startOllama();
 *   ollama.host; ollama.model;
 * });
 * ```
 */
import { join } from "node:path";
import { createServer } from "node:net";
import { TextLineStream } from "./text_lines.ts";
import { shallowGguf } from "./gguf.ts";
import { findPart, type Found, sharedFolder } from "./parts.ts";

export interface LogLine {
  readonly text: string;
  /** `performance.now()` when the line came. */
  readonly at: number;
}

export interface RealOllama extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly host: string;
  /** The small model, ready to answer: `smollm2`. */
  readonly model: string;
  readonly pid: number;
  readonly log: readonly LogLine[];
  /** Resolves with the first line that matches and came at or after `since`. Rejects after `withinMs`. */
  logged(pattern: RegExp, options?: { since?: number; withinMs?: number }): Promise<LogLine>;
  /**
   * Makes another model out of the same file, or of a copy with bytes of its own when `distinct`; one with `layers`
   * has only as many, and loads in a moment.
   */
  create(
    model: string,
    options?: { readonly distinct?: boolean; readonly layers?: number },
  ): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same models. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface OllamaOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** More environment for the server. */
  readonly env?: Record<string, string>;
  /** False leaves the server without any model. */
  readonly withModel?: boolean;
}

const readyWithinMs = 20_000;
/** Of the small model. */
const LAYERS = 30;
/** Several threads wait for one another at every token: on a busy machine that takes minutes. */
const ONE_THREAD = "PARAMETER num_thread 1";

/** Both parts, or the reason why not; `path` is the server's binary. */
export async function ollamaParts(): Promise<Found> {
  const [binary, model] = await Promise.all([findPart("ollama"), findPart("smollm2")]);
  return binary.found && !model.found ? model : binary;
}

/** @throws Error when a part is missing: guard the test with `ollamaParts()`. */
export async function startOllama(options: OllamaOptions = {}): Promise<RealOllama> {
  const binary = await findPart("ollama");
  if (!binary.found) throw new Error(binary.reason);
  const home = await Deno.makeTempDir({ prefix: "telos-ollama-" });
  const server = new Server(binary.path, home, options.port ?? await freePort(), options.env ?? {});
  try {
    await server.restart();
    if (options.withModel !== false) await server.create(server.model);
    return server;
  } catch (cause) {
    await server.stop();
    throw cause;
  }
}

class Server implements RealOllama {
  readonly model = "smollm2";
  readonly host: string;
  readonly log: LogLine[] = [];
  readonly #binary: string;
  readonly #home: string;
  readonly #env: Record<string, string>;
  readonly #waiting = new Set<() => void>();
  #process: Deno.ChildProcess | null = null;
  #read: Promise<unknown> = Promise.resolve();

  constructor(binary: string, home: string, port: number, env: Record<string, string>) {
    this.#binary = binary;
    this.#home = home;
    this.host = `http://127.0.0.1:${port}`;
    this.#env = env;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async restart(): Promise<void> {
    const since = performance.now();
    this.#process = new Deno.Command(this.#binary, {
      args: ["serve"],
      env: {
        HOME: this.#home,
        OLLAMA_HOST: this.host,
        OLLAMA_MODELS: join(this.#home, "models"),
        OLLAMA_KEEP_ALIVE: "5m",
        OLLAMA_NUM_PARALLEL: "2",
        GIN_MODE: "release",
        ...this.#env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#read = Promise.all([this.#follow(this.#process.stdout), this.#follow(this.#process.stderr)]);
    await this.logged(/Listening on/i, { since, withinMs: readyWithinMs });
  }

  async create(
    model: string,
    options: { readonly distinct?: boolean; readonly layers?: number } = {},
  ): Promise<void> {
    const gguf = await findPart("smollm2");
    if (!gguf.found) throw new Error(gguf.reason);
    const template = await Deno.readTextFile(join(sharedFolder(), "parts", "smollm2.template"));
    const folder = await Deno.makeTempDir({ dir: this.#home });
    const from = options.distinct ? await this.#copy(gguf.path, folder, model, options.layers) : gguf.path;
    await Deno.writeTextFile(join(folder, "Modelfile"), `FROM ${from}\n${template}\n${ONE_THREAD}\n`);
    const { success, stderr } = await new Deno.Command(this.#binary, {
      args: ["create", model, "-f", join(folder, "Modelfile")],
      env: { HOME: this.#home, OLLAMA_HOST: this.host },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    await Deno.remove(folder, { recursive: true });
    if (!success) throw new Error(`ollama create ${model}: ${new TextDecoder().decode(stderr).slice(-400)}`);
  }

  logged(pattern: RegExp, options: { since?: number; withinMs?: number } = {}): Promise<LogLine> {
    const { since = 0, withinMs = 5_000 } = options;
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.log.find((each) => each.at >= since && pattern.test(each.text));
        if (line === undefined) return;
        end();
        resolve(line);
      };
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const timer = setTimeout(() => {
        end();
        const tail = this.log.slice(-10).map((each) => each.text).join("\n");
        reject(new Error(`Ollama did not log ${pattern} within ${withinMs} ms; its last lines:\n${tail}`));
      }, withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    await Deno.remove(this.#home, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    const runners = await childrenOf(process.pid);
    process.kill(signal);
    const timer = setTimeout(() => process.kill("SIGKILL"), 5_000);
    await process.status;
    clearTimeout(timer);
    // A killed server leaves its runners behind: they are children that this server started.
    for (const runner of runners) killIfAlive(runner);
    await this.#read;
  }

  async #follow(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextLineStream())) {
      this.log.push({ text, at: performance.now() });
      for (const look of [...this.#waiting]) look();
    }
  }

  /** The same model, or its first layers, under another `general.name`, so that Ollama gives it a runner of its own. */
  async #copy(path: string, folder: string, name: string, layers = LAYERS): Promise<string> {
    const copy = join(folder, "copy.gguf");
    await Deno.writeFile(copy, shallowGguf(await Deno.readFile(path), name, layers));
    return copy;
  }
}

/** The runners that the server started; each of its threads has a list of its own. */
async function childrenOf(pid: number): Promise<number[]> {
  if (Deno.build.os !== "linux") return [];
  const children: number[] = [];
  for await (const thread of Deno.readDir(`/proc/${pid}/task`)) {
    try {
      const text = await Deno.readTextFile(`/proc/${pid}/task/${thread.name}/children`);
      children.push(...text.trim().split(/\s+/).filter((each) => each !== "").map(Number));
    } catch (cause) {
      // A thread that has ended meanwhile has no children.
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    }
  }
  return children;
}

function killIfAlive(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
