/** A client of `GET /events` that keeps everything it hears, in order, and can be cut off. */
import assert from "node:assert/strict";
import { type StreamEvent, streamEventSchema } from "../../ui/protocol.ts";
import type { Server } from "./server.ts";

const PATIENCE_MS = 120_000;

export class Listener implements AsyncDisposable {
  readonly events: StreamEvent[] = [];
  /** Positions of the committed events that came. */
  readonly ids: string[] = [];
  /** Where it stands: what a browser would send as `Last-Event-ID`. */
  lastId = "";
  readonly #cut = new AbortController();
  readonly #waiting = new Set<() => void>();
  #reading: Promise<void> = Promise.resolve();
  #failure: unknown;

  /** Joins after a position, else from now, and returns when it is told where it stands. */
  static async join(server: Server, options: { readonly after?: string } = {}): Promise<Listener> {
    const listener = new Listener();
    const response = await fetch(new URL("/events", server.url), {
      headers: options.after === undefined ? {} : { "last-event-id": options.after },
      signal: listener.#cut.signal,
    });
    assert.equal(response.status, 200);
    listener.#reading = listener.#read(response.body!);
    await listener.#when(() => listener.lastId === "" ? undefined : true);
    return listener;
  }

  /** Resolves with the first event, heard already or still to come, that is as wanted. */
  until<Event extends StreamEvent>(wanted: (event: StreamEvent) => event is Event): Promise<Event>;
  until(wanted: (event: StreamEvent) => boolean): Promise<StreamEvent>;
  until(wanted: (event: StreamEvent) => boolean): Promise<StreamEvent> {
    return this.#when(() => this.events.find(wanted));
  }

  async untilId(position: string): Promise<void> {
    await this.#when(() => this.ids.includes(position) ? true : undefined);
  }

  /** The text of an answer as this client has it: its snapshot, if one came, and every token after it. */
  textOf(answer: string): string {
    let text = "";
    for (const event of this.events) {
      if (!("answer" in event) || event.answer !== answer) continue;
      if (event.command === "ANSWER_SNAPSHOT") text = event.text;
      if (event.command !== "PERSONA_RESPONSE_PARTIAL") continue;
      assert.equal(event.offset, text.length, "a token is missing, or came twice");
      text += event.token;
    }
    return text;
  }

  async cut(): Promise<void> {
    this.#cut.abort();
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let open = "";
    try {
      // The pipe holds the signal, which a fetch alone may forget.
      for await (const text of body.pipeThrough(new TextDecoderStream(), { signal: this.#cut.signal })) {
        const frames = (open + text).split("\n\n");
        open = frames.pop()!;
        for (const frame of frames) this.#take(frame);
        for (const look of [...this.#waiting]) look();
      }
    } catch (error) {
      if (!this.#cut.signal.aborted) this.#failure = error;
      for (const look of [...this.#waiting]) look();
    }
  }

  #take(frame: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1];
    const [id, data] = [field("id"), field("data")];
    if (id !== undefined) this.lastId = id;
    if (data === undefined) return;
    this.events.push(streamEventSchema.parse(JSON.parse(data)));
    if (id !== undefined) this.ids.push(id);
  }

  #when<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const check = () => {
        const found = look();
        if (found === undefined && this.#failure === undefined) return;
        end();
        if (found === undefined) reject(this.#failure);
        else resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        const heard = this.events.map(({ command }) => command).slice(-20).join(" ");
        reject(new Error(`It was not heard within ${PATIENCE_MS} ms; the last that was: ${heard}`));
      }, PATIENCE_MS);
      this.#waiting.add(check);
      check();
    });
  }
}
