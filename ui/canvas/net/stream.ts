/**
 * Follows `/events` and never gives up: when the connection is lost it says so, waits, and goes on after the last
 * position it has seen. Each message is validated before it is handed on.
 */
import { type StreamEvent, streamEventSchema } from "../../protocol.ts";
import { STREAM_SILENCE_MS_MAX } from "../limits.ts";
import { backoffMs } from "./backoff.ts";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "connected" }
  /** `until` is when the next attempt begins, in ms of the clock. */
  | { readonly state: "waiting"; readonly until: number; readonly attempt: number };

export interface StreamHooks {
  /** Where to go on from; asked at each attempt. */
  readonly after: () => string;
  readonly onEvent: (event: StreamEvent) => void;
  readonly onConnection: (connection: Connection) => void;
  /** A message that is none of the contract. The stream goes on. */
  readonly onUnknown: (reason: string) => void;
}

export interface StreamPorts {
  readonly open: (url: string) => EventSource;
  readonly clock: () => number;
  readonly random: () => number;
  readonly silenceMsMax?: number;
}

export interface Stream {
  /** Connects now, also when one is waiting or believes to be connected. */
  reconnect(): void;
  close(): void;
}

export function openStream(ports: StreamPorts, hooks: StreamHooks): Stream {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;

  function drop(): void {
    clearTimeout(timer);
    clearTimeout(silence);
    source?.close();
    source = null;
  }

  function connect(): void {
    drop();
    if (closed) return;
    hooks.onConnection({ state: "connecting" });
    const opened = ports.open(`/events?after=${encodeURIComponent(hooks.after())}`);
    source = opened;
    heard();
    opened.addEventListener("heartbeat", heard);
    opened.onopen = () => {
      attempt = 0;
      heard();
      hooks.onConnection({ state: "connected" });
    };
    opened.onmessage = ({ data }) => {
      heard();
      receive(data);
    };
    opened.onerror = () => {
      if (source === opened) wait();
    };
  }

  /** A connection that a network dropped, or a server that stands still, says nothing and does not end by itself. */
  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(wait, ports.silenceMsMax ?? STREAM_SILENCE_MS_MAX);
  }

  /** The browser's own attempts are not used: they cannot be seen, and stop for good at some answers. */
  function wait(): void {
    drop();
    const waitMs = backoffMs(attempt++, ports.random());
    hooks.onConnection({ state: "waiting", until: ports.clock() + waitMs, attempt });
    timer = setTimeout(connect, waitMs);
  }

  function receive(data: unknown): void {
    let value: unknown;
    try {
      value = JSON.parse(String(data));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      hooks.onUnknown(`a message that is not JSON: ${error.message}`);
      return;
    }
    const parsed = streamEventSchema.safeParse(value);
    if (parsed.success) hooks.onEvent(parsed.data);
    else {hooks.onUnknown(
        parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
      );}
  }

  connect();
  return {
    reconnect: connect,
    close() {
      closed = true;
      drop();
    },
  };
}
