/**
 * Follows a server's stream over as many connections as it takes. The last position seen is where the next
 * connection goes on; a position that was already yielded is not yielded again.
 */
import { streamEventSchema } from "../protocol.ts";
import type { EventsOptions, StreamMessage } from "./door.ts";
import {
  RECONNECT_GIVE_UP_MS,
  RECONNECT_MS_MAX,
  RECONNECT_MS_MIN,
  STREAM_MESSAGE_LENGTH_MAX,
  STREAM_SILENCE_MS_MAX,
} from "./limits.ts";
import { badAnswer, RemoteError, unreachable } from "./remote_error.ts";
import { type SseFrame, SseParser } from "./sse.ts";

export interface StreamTiming {
  readonly reconnectMsMin: number;
  readonly reconnectMsMax: number;
  readonly giveUpMs: number;
  readonly silenceMsMax: number;
  readonly clock: () => number;
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface FollowOptions extends EventsOptions {
  readonly timing: Partial<StreamTiming>;
  /** Opens one connection that goes on after a position. */
  readonly connect: (
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<ReadableStream<Uint8Array>>;
}

const TIMING: StreamTiming = {
  reconnectMsMin: RECONNECT_MS_MIN,
  reconnectMsMax: RECONNECT_MS_MAX,
  giveUpMs: RECONNECT_GIVE_UP_MS,
  silenceMsMax: STREAM_SILENCE_MS_MAX,
  clock: Date.now,
  random: Math.random,
  wait: waitFor,
};

/**
 * Yields until `signal` aborts.
 * @throws {RemoteError} when the server refuses, or cannot be reached again for `giveUpMs`
 */
export async function* followStream(options: FollowOptions): AsyncGenerator<StreamMessage, void> {
  const timing = { ...TIMING, ...options.timing };
  const { signal } = options;
  let last = options.after;
  let attempts = 0;
  let downSince: number | undefined;
  let opened = false;
  while (!signal.aborted) {
    try {
      for await (const frames of connection(options, last, timing)) {
        if (!opened) options.onOpen?.();
        opened = true;
        attempts = 0;
        downSince = undefined;
        for (const frame of frames) {
          const message = frame.data === null ? null : messageOf(frame);
          if (message !== null && !isRepeated(frame, last)) yield message;
          if (frame.id !== undefined) last = frame.id;
          if (message?.event.command === "RESYNC") last = message.event.position;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RemoteError) || !error.retryable) throw error;
      downSince ??= timing.clock();
      if (!opened || timing.clock() - downSince >= timing.giveUpMs) throw error;
    }
    if (signal.aborted) return;
    const backOff = Math.min(timing.reconnectMsMax, timing.reconnectMsMin * 2 ** Math.min(attempts++, 20));
    await timing.wait(backOff * (0.5 + timing.random() / 2), signal);
  }
}

/** Frames of one connection, in pieces as they arrive; the first piece is empty and says that it is open. */
async function* connection(
  options: FollowOptions,
  after: string | undefined,
  timing: StreamTiming,
): AsyncGenerator<SseFrame[], void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  const expire = () => silence.abort(new Error(`nothing was heard for ${timing.silenceMsMax} ms`));
  let timer = setTimeout(expire, timing.silenceMsMax);
  const parser = new SseParser({ lengthMax: STREAM_MESSAGE_LENGTH_MAX });
  const decoder = new TextDecoder();
  try {
    const body = await options.connect(after, signal);
    yield [];
    for await (const bytes of body) {
      clearTimeout(timer);
      timer = setTimeout(expire, timing.silenceMsMax);
      yield parser.push(decoder.decode(bytes, { stream: true }));
    }
  } catch (error) {
    throw error instanceof RemoteError ? error : unreachable("the stream", error);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(frame: SseFrame): StreamMessage {
  let value: unknown;
  try {
    value = JSON.parse(frame.data ?? "");
  } catch (cause) {
    throw badAnswer("the stream", 200, cause instanceof Error ? cause.message : String(cause));
  }
  const event = streamEventSchema.safeParse(value);
  if (!event.success) {
    throw badAnswer("the stream", 200, "an event that is not of the contract");
  }
  return frame.id === undefined ? { event: event.data } : { id: frame.id, event: event.data };
}

/** Positions have fixed widths, so that text order is commit order. */
function isRepeated(frame: SseFrame, last: string | undefined): boolean {
  return frame.id !== undefined && last !== undefined && frame.id <= last;
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
