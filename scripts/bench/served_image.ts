/** The program as a person starts it: `main.ts start` in a process of its own, under the permissions of the task. */
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface ServedImage extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** `performance.now()` just before the process was started. */
  readonly startedAt: number;
  /** What it said on standard error so far. */
  readonly said: () => string;
}

/** Starts the server and does not wait for it. */
export async function serveImage(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServedImage> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      ...taskPermissions(),
      "main.ts",
      "start",
      `--image=${folder}`,
      `--port=${port}`,
      "--json",
    ],
    cwd: ROOT,
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) said += text;
  })();
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    startedAt,
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.status;
      clearTimeout(timer);
      await reading;
    },
  };
}

/** Asks until the answer is 200 and as wanted. @returns milliseconds since the process was started */
export async function untilAnswered(
  served: ServedImage,
  path: string,
  isRight: (body: unknown) => boolean = () => true,
): Promise<number> {
  const until = performance.now() + 120_000;
  for (;;) {
    const answer = await ask(served.url + path);
    if (answer !== null && isRight(answer.body)) return performance.now() - served.startedAt;
    if (performance.now() > until) {
      throw new Error(`${path} was not answered within 120 s: ${served.said().slice(-400)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Null while nobody listens, or the answer is another than 200. */
async function ask(url: string): Promise<{ body: unknown } | null> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    // Nobody listens yet.
    if (error instanceof TypeError) return null;
    throw error;
  }
  const body: unknown = await response.json();
  return response.status === 200 ? { body } : null;
}

/** The flags of `deno task start`, with the programs that it may run narrowed to this Deno. */
export function taskPermissions(): string[] {
  const [, flags] = /^deno run (.*) main\.ts start$/.exec(config.tasks.start.command) ?? [];
  if (flags === undefined) throw new Error("The task start is not `deno run … main.ts start` any more");
  return flags.replace(/\$\([^)]*\)/, Deno.execPath()).replaceAll('"', "").split(" ");
}

function freePort(): Promise<number> {
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
