/** A process that is to be killed, as the driver holds it: its address, its end, and what it said. */
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly signal: Deno.Signal | null;
  readonly code: number;
}

export class Victim {
  readonly #child: Deno.ChildProcess;
  /** Resolves with its address; rejects when it ends before it has one. */
  readonly url: Promise<string>;
  readonly ended: Promise<Ended>;
  #said = "";
  #alive = true;

  /** @param crashAt a crash point, as `TELOS_CRASH_AT` takes it */
  constructor(folder: string, crashAt: string | null = null) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", CHILD, folder],
      cwd: ROOT,
      env: { TELOS_TEST: "1", TELOS_CRASH_AT: crashAt ?? "", NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const url = Promise.withResolvers<string>();
    this.url = url.promise;
    // Who only waits for the end need not have waited for the address.
    this.url.catch(() => {/* told by whoever awaits it */});
    this.ended = this.#follow(url);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The end of what it said on standard error. */
  get said(): string {
    return this.#said.slice(-2_000);
  }

  /** Ends it as a crash would; one that has ended already stays so. */
  async kill(): Promise<Ended> {
    if (this.#alive) {
      try {
        this.#child.kill("SIGKILL");
      } catch (error) {
        // It ended in this very moment.
        if (!(error instanceof TypeError)) throw error;
      }
    }
    return await this.ended;
  }

  async #follow(url: PromiseWithResolvers<string>): Promise<Ended> {
    let out = "";
    const reading = [
      (async () => {
        for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
          out += text;
          if (out.includes("\n")) url.resolve(out.slice(0, out.indexOf("\n")));
        }
      })(),
      (async () => {
        for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) this.#said += text;
      })(),
    ];
    const [{ signal, code }] = await Promise.all([this.#child.status, ...reading]);
    this.#alive = false;
    url.reject(new Error(`The process ended before it had an address: ${this.#said.slice(-2_000)}`));
    return { signal, code };
  }
}
