/** What a client sees of answers on the event stream of a real server, each event with the moment at which it came. */
import { z } from "zod";
import { wallClock } from "./token_source.ts";

const WITHIN_MS = 120_000;

const eventSchema = z.looseObject({ command: z.string(), answer: z.string().optional() });
export type SeenEvent = z.infer<typeof eventSchema> & {
  /** Milliseconds since 1970, with fractions. */
  readonly seenAt: number;
};

export class AnswerStream implements AsyncDisposable {
  readonly events: SeenEvent[] = [];
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  readonly #waiting = new Set<() => void>();

  private constructor(url: string, response: Response) {
    this.#url = url;
    this.#reading = this.#read(response);
  }

  /** Joins the stream of the server at this address. */
  static async join(url: string): Promise<AnswerStream> {
    const response = await fetch(`${url}/events`);
    if (!response.ok) throw new Error(`The stream was refused with ${response.status}`);
    return new AnswerStream(url, response);
  }

  /** @returns what the server answers a command */
  async command(body: Readonly<Record<string, unknown>>): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json() as { result?: unknown };
    if (!response.ok) throw new Error(`${body.command} was refused: ${JSON.stringify(answer).slice(0, 300)}`);
    return answer.result;
  }

  /** Resolves with the first that fits, already there or to come. */
  async until(fits: (event: SeenEvent) => boolean): Promise<SeenEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<SeenEvent>();
    const look = () => {
      const found = this.events.find(fits);
      if (found !== undefined) resolve(found);
    };
    const last = () => JSON.stringify(this.events.at(-1)).slice(0, 300);
    const timer = setTimeout(
      () => reject(new Error(`Not within ${WITHIN_MS} ms; the last was ${last()}`)),
      WITHIN_MS,
    );
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #read(response: Response): Promise<void> {
    const lines = new TransformStream<string, string>();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(lines, {
      signal: this.#stop.signal,
    });
    let open = "";
    try {
      for await (const text of reader) {
        const seenAt = wallClock();
        const parts = (open + text).split("\n");
        open = parts.pop() ?? "";
        for (const line of parts) {
          if (line.startsWith("data:")) {
            this.events.push({ ...eventSchema.parse(JSON.parse(line.slice(5))), seenAt });
          }
        }
        for (const look of [...this.#waiting]) look();
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}
