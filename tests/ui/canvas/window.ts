/** The window's state over a server that a test plays: every request is answered by the test, every event sent by it. */
import type { CommittedEvent, Health, StreamEvent } from "../../../ui/protocol.ts";
import { type App, createApp } from "../../../ui/canvas/state/app.ts";
import { positionOf, summary } from "./history.ts";

export interface PlayedServer {
  /** Answers a request; a number is a status with an error of that code. */
  answer: (path: string, body: Record<string, unknown> | null) => unknown | Refusal;
  /** Commands that came, in order. */
  readonly commands: Record<string, unknown>[];
  readonly streams: PlayedStream[];
}

export class Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly details: Record<string, unknown> = {},
  ) {}
}

/** One connection, as the browser's EventSource shows it. */
export class PlayedStream {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  readonly #heartbeat: (() => void)[] = [];
  constructor(readonly url: string) {}
  addEventListener(_name: "heartbeat", hear: () => void): void {
    this.#heartbeat.push(hear);
  }
  beat(): void {
    for (const hear of this.#heartbeat) hear();
  }
  close(): void {
    this.closed = true;
  }
  send(event: StreamEvent | string): void {
    this.onmessage?.({ data: typeof event === "string" ? event : JSON.stringify(event) });
  }
}

/** @param stored what the browser has kept of another window */
export function openWindow(
  stored = new Map<string, string>(),
  timing: { readonly silenceMsMax?: number } = {},
): { app: App; server: PlayedServer } {
  const server: PlayedServer = {
    answer: (path) => standardAnswer(path),
    commands: [],
    streams: [],
  };
  let keys = 0;
  const app = createApp({
    fetch: (input, init) => {
      const body = init?.body === undefined ? null : JSON.parse(String(init.body)) as Record<string, unknown>;
      if (body !== null) server.commands.push(body);
      const answer = server.answer(String(input), body);
      if (answer instanceof Promise) return answer.then((late) => Response.json(late));
      if (answer instanceof Error) return Promise.reject(answer);
      if (!(answer instanceof Refusal)) return Promise.resolve(Response.json(answer));
      const { status, code, details } = answer;
      const error = {
        code,
        message: `refused as ${code}`,
        hint: "do otherwise",
        retryable: status === 503,
        details,
      };
      return Promise.resolve(Response.json({ error }, { status }));
    },
    open: (url) => {
      const stream = new PlayedStream(url);
      server.streams.push(stream);
      return stream as unknown as EventSource;
    },
    clock: () => 1000,
    random: () => 0.5,
    ...timing,
    freshKey: () => `key-${++keys}`,
    preferences: {
      read: (name) => stored.get(name) ?? null,
      write: (name, value) => void stored.set(name, value),
    },
  });
  return { app, server };
}

/** A small image: one object, nothing said, nothing missing. */
export function standardAnswer(path: string): unknown {
  if (path.startsWith("/api/canvas/")) {
    return {
      position: positionOf(5),
      canvas: "main",
      morphs: [{ canvas: "main", oid: "a", x: 10, y: 20, object: summary("a", positionOf(5), "first") }],
      personas: [],
    };
  }
  if (path.startsWith("/api/conversation")) return { thread: "main", exchanges: [] };
  if (path === "/api/usage") return { personas: [], answers: 0, more: false };
  if (path === "/api/threads") return { threads: [], more: false };
  if (path.startsWith("/api/log")) return { thoughts: [] };
  if (path.startsWith("/api/proposals")) return { proposals: [] };
  if (path.startsWith("/api/models")) return { mind: "recall", installed: [], missing: [] };
  if (path === "/health") return health;
  return new Refusal(404, "no_such_route");
}

const part = { state: "ready" as const };
const health: Health = {
  status: "ok",
  version: "0.0.0",
  image: { folder: "nowhere", id: "image", position: positionOf(5), quarantined: 0, resident: 1 },
  mind: { name: "recall", host: null, models: [] },
  embedding: { space: "hash", model: "hash", dimensions: 384 },
  tiers: { L1: { rows: 0, bytes: 0 }, L2: { rows: 0, segments: 0 }, L3: { rows: null } },
  degraded: [],
  ready: { image: part, index: part, lexical: part, embedder: part, mind: part },
  vram: { usedBytes: 0, budgetBytes: 0 },
  actors: [],
};

/** Lets everything that was promised happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Timers of toasts and refreshes outlive a test by design: they are bounded and belong to the window. */
export const windowTest = (name: string, body: () => Promise<void>) =>
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: body });

/** A window that is loaded and follows the stream. */
export async function opened() {
  const { app, server } = openWindow();
  await app.sync.load();
  server.streams[0]!.onopen!();
  await settled();
  return { app, server, stream: server.streams[0]! };
}

/** Somebody else has moved the object `a`. */
export const moved = (n: number, x: number): CommittedEvent => ({
  command: "THOUGHT_COMMITTED",
  position: positionOf(n),
  id: `t${n}`,
  who: "other",
  why: "move a",
  at: n,
  kind: "move",
  objects: [],
  deleted: [],
  morphs: [{ canvas: "main", oid: "a", x, y: 0 }],
});
