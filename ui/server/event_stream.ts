/**
 * One client's stream as server-sent events. Committed events carry their position as id, so that a client that was
 * cut off says where it was and gets the rest. What waits for a client is bounded: while the buffer is full nothing
 * more is taken from the door, and a client that leaves it full is cut off.
 */
import type { Door, StreamMessage } from "../door/mod.ts";
import type { Position } from "../protocol.ts";
import { SECURITY_HEADERS } from "./answers.ts";
import type { ServerLimits } from "./limits.ts";

export interface EventStreamOptions {
  readonly door: Door;
  /** The position after which to go on; from now when absent. */
  readonly after: Position | undefined;
  readonly limits: ServerLimits;
  /** Aborts when the server goes down. */
  readonly signal: AbortSignal;
  /** Hears why a stream ended that neither the client nor a shutdown ended. */
  readonly log: (error: unknown) => void;
  /** Called once when the stream is over, whatever ended it. */
  readonly onEnd: () => void;
}

const encoder = new TextEncoder();

/** An event with a name of its own: comments are not shown to a page by its browser. */
const HEARTBEAT = "event: heartbeat\ndata: {}\n\n";

/** The frame of one message. JSON has no bare line ends, so one data line is enough. */
export function frameOf(message: StreamMessage): string {
  const id = message.id === undefined ? "" : `id: ${message.id}\n`;
  const frame = `${id}data: ${JSON.stringify(message.event)}\n\n`;
  return message.event.command === "RESYNC" ? `${frame}id: ${message.event.position}\n\n` : frame;
}

/** Joins the door's stream and answers with it. Without `after`, the client is told at once where it stands. */
export async function eventStreamResponse(options: EventStreamOptions): Promise<Response> {
  const after = options.after ?? (await options.door.health()).image.position ?? undefined;
  const stream = new ClientStream({ ...options, after });
  return new Response(stream.body, {
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

class ClientStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: EventStreamOptions;
  readonly #ended = new AbortController();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #drained: (() => void) | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#start();
      },
      pull: () => this.#drained?.(),
      cancel: () => void this.#end(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: options.limits.streamBufferBytesMax }));
  }

  #start(): void {
    const { after, limits } = this.#options;
    const place = after === undefined ? "" : `id: ${after}\n\n`;
    this.#controller.enqueue(encoder.encode(`retry: ${limits.reconnectMs}\n\n${place}`));
    this.#heartbeat = setInterval(() => {
      // A full buffer is proof enough that the connection is not idle.
      if (this.#room() > 0) this.#controller.enqueue(encoder.encode(HEARTBEAT));
    }, limits.heartbeatMs);
    this.#pump().then(() => this.#close(), (error) => this.#fail(error));
  }

  async #pump(): Promise<void> {
    const { door, after, signal } = this.#options;
    const ended = AbortSignal.any([signal, this.#ended.signal]);
    const events = door.events({ ...(after === undefined ? {} : { after }), signal: ended });
    for await (const message of events) {
      if (ended.aborted) return;
      const frame = encoder.encode(frameOf(message));
      if (!this.#fits(frame.byteLength)) await this.#waitForRoom(frame.byteLength);
      if (ended.aborted) return;
      this.#controller.enqueue(frame);
    }
  }

  #room(): number {
    return this.#ended.signal.aborted ? 0 : this.#controller.desiredSize ?? 0;
  }

  /** A frame larger than the whole buffer goes when nothing waits before it. */
  #fits(bytes: number): boolean {
    const room = this.#room();
    return bytes <= room || room >= this.#options.limits.streamBufferBytesMax;
  }

  /** Waits until the client has taken enough. @throws {SlowClientError} when it takes nothing */
  async #waitForRoom(bytes: number): Promise<void> {
    const { limits, signal } = this.#options;
    while (!this.#fits(bytes)) {
      const taken = await new Promise<boolean>((resolve) => {
        const stop = () => done(true);
        const timer = setTimeout(() => done(false), limits.streamStallMs);
        const done = (value: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", stop);
          this.#ended.signal.removeEventListener("abort", stop);
          this.#drained = undefined;
          resolve(value);
        };
        signal.addEventListener("abort", stop);
        this.#ended.signal.addEventListener("abort", stop);
        this.#drained = stop;
      });
      if (signal.aborted || this.#ended.signal.aborted) return;
      if (!taken) throw new SlowClientError(limits.streamBufferBytesMax, limits.streamStallMs);
    }
  }

  #end(): boolean {
    if (this.#ended.signal.aborted) return false;
    this.#ended.abort();
    clearInterval(this.#heartbeat);
    this.#options.onEnd();
    return true;
  }

  #close(): void {
    if (this.#end()) this.#controller.close();
  }

  /** What is still buffered is dropped with the connection: the client comes back with the last id it has. */
  #fail(error: unknown): void {
    if (!this.#end()) return;
    this.#options.log(error);
    this.#controller.error(error);
  }
}

/** The client is connected and does not read. */
export class SlowClientError extends Error {
  constructor(bytes: number, ms: number) {
    super(`a client left ${bytes} bytes untouched for ${ms} ms and was cut off`);
    this.name = "SlowClientError";
  }
}
