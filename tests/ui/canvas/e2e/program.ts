/** The program as a person starts it, in a folder of its own, on a free port, with its canvas. */
import { build } from "../../../../scripts/build.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sharedFolder } from "../../../support/parts.ts";
import type { CommandInput, ObjectView, ThoughtView } from "../../../../ui/protocol.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Program extends AsyncDisposable {
  readonly url: string;
  /** Sends a command past every window. @throws with the answer's words when it is refused */
  command(command: CommandInput): Promise<{ position: string; result: unknown }>;
  object(name: string): Promise<ObjectView>;
  log(): Promise<ThoughtView[]>;
  get(path: string): Promise<unknown>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, over the same image. */
  restart(): Promise<void>;
}

export interface ProgramOptions {
  /** Where Ollama is; default: nowhere, so that the mind that quotes memory answers. */
  readonly ollamaHost?: string;
}

export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  await build({ root, say: () => undefined });
  const image = await Deno.makeTempDir({ prefix: "telos-canvas-" });
  let port = 0;
  let child: Deno.ChildProcess;
  let url = "";

  async function start(): Promise<void> {
    child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(root, "main.ts"), "start", "--json", "--image", image, "--port", String(port)],
      env: {
        TELOS_MODELS: join(sharedFolder(), "models"),
        OLLAMA_HOST: options.ollamaHost ?? "http://127.0.0.1:9",
        NO_COLOR: "1",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    void child.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(chunk) {
          said = (said + chunk).slice(-2000);
        },
      }),
    );
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`The program ended before it listened: ${text}${said}`);
      text += value;
    }
    // What else it prints is read, so that it never waits for a reader.
    void (async () => {
      while (!(await reader.read()).done);
    })();
    url = (JSON.parse(text.split("\n")[0]!) as { url: string }).url;
    port = Number(new URL(url).port);
  }

  async function request(path: string, init?: RequestInit): Promise<unknown> {
    const response = await fetch(new URL(path, url), init);
    const body = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(body));
    return body;
  }

  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await child.status;
  }

  await start();
  return {
    get url() {
      return url;
    },
    command: async (command) =>
      await request("/api/commands", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(command),
      }) as { position: string; result: unknown },
    object: async (name) => await request(`/api/objects/${encodeURIComponent(name)}`) as ObjectView,
    log: async () =>
      (await request("/api/log?newest=true&limit=1000") as { thoughts: ThoughtView[] }).thoughts,
    get: request,
    kill,
    restart: start,
    async [Symbol.asyncDispose]() {
      await kill();
      await Deno.remove(image, { recursive: true });
    },
  };
}
