/**
 * Listens for a door, says so in `server.json`, and goes down in order: no new connections, streams ended, requests
 * under way given their time, the door closed. Whoever calls it holds the image's lock.
 */
import type { Door } from "../door/mod.ts";
import type { Assets } from "./assets_route.ts";
import { isLoopback } from "./guard.ts";
import { type ServerLimits, serverLimits } from "./limits.ts";
import { createServer } from "./server.ts";
import { logLineOf, ServerError } from "./server_error.ts";
import { removeServerFile, writeServerFile } from "./server_file.ts";

export interface StartServerOptions {
  readonly door: Door;
  readonly assets: Assets;
  /** The image's folder, where `server.json` goes. */
  readonly folder: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly version: string;
  /** Default: 32 random bytes. */
  readonly token?: string;
  readonly limits?: Partial<ServerLimits>;
  /** Go down on SIGINT and SIGTERM. */
  readonly signals?: boolean;
  readonly log?: (line: string) => void;
}

export interface RunningServer {
  /** Without a slash at the end: `http://127.0.0.1:4680`. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** True when the server answers only to who has the token. */
  readonly requireToken: boolean;
  /** True from the moment that it was told to go down. */
  readonly isStopping: boolean;
  /** Resolves with the reason when the server is down and the door is closed. */
  readonly finished: Promise<string>;
  /** Goes down; a second call waits for the first. */
  shutdown(reason: string): Promise<void>;
}

/** @throws {ServerError} `port_in_use`, `port_refused` or `host_unavailable`, with nothing left behind */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const limits = { ...serverLimits, ...options.limits };
  const token = options.token ?? randomToken();
  const requireToken = !isLoopback(options.host);
  const goingDown = new AbortController();
  const log = options.log ?? (() => {});
  const state: { stop?: (reason: string) => void } = {};
  const app = createServer({
    ...options,
    token,
    requireToken,
    hosts: [urlHost(options.host)],
    signal: goingDown.signal,
    onShutdownRequest: () => state.stop?.("it was asked to"),
  });
  await removeServerFile(options.folder);
  const listener = listen(options, app.fetch, log);
  const { port } = listener.addr as Deno.NetAddr;
  const url = `http://${urlHost(reachable(options.host))}:${port}`;
  const finished = Promise.withResolvers<string>();
  const written = writeServerFile(options.folder, { pid: Deno.pid, url, token, version: options.version });
  let down: Promise<void> | undefined;
  const shutdown = (reason: string): Promise<void> =>
    // What is still being written could not be taken away.
    down ??= Promise.allSettled([written]).then(() => goDown({ ...options, listener, goingDown, limits }))
      .then(
        () => finished.resolve(reason),
        (error) => {
          finished.reject(error);
          throw error;
        },
      ).finally(ignoreSignals);
  const stop = (reason: string) => {
    shutdown(reason).catch((error) => log(`shutdown failed: ${logLineOf(error)}`));
  };
  const ignoreSignals = options.signals === true ? heedSignals(stop) : () => {};
  state.stop = stop;
  try {
    await written;
  } catch (error) {
    ignoreSignals();
    await listener.shutdown();
    throw error;
  }
  return {
    url,
    port,
    token,
    requireToken,
    get isStopping() {
      return down !== undefined;
    },
    finished: finished.promise,
    shutdown,
  };
}

function listen(
  options: StartServerOptions,
  handler: (request: Request) => Response | Promise<Response>,
  log: (line: string) => void,
): Deno.HttpServer {
  const { host, port } = options;
  try {
    return Deno.serve({
      hostname: host.replace(/^\[(.*)\]$/, "$1"),
      port,
      onListen: () => {},
      onError: (error) => {
        log(logLineOf(error));
        return new Response(null, { status: 500 });
      },
    }, (request) => handler(request));
  } catch (cause) {
    const details = { host, port };
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new ServerError("port_in_use", `Cannot listen on ${host}:${port}: the port is in use`, {
        hint: "Choose another with --port (0 takes a free one), or stop what listens there.",
        details,
        cause,
      });
    }
    if (cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable) {
      throw new ServerError("port_refused", `Cannot listen on ${host}:${port}: it is not permitted`, {
        hint: "Choose a port above 1023 with --port.",
        details,
        cause,
      });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError("host_unavailable", `Cannot listen on ${host}:${port}: ${reason}`, {
      hint: "Choose an address of this machine with --host; 127.0.0.1 always works.",
      details,
      cause,
    });
  }
}

interface GoingDown extends Omit<StartServerOptions, "limits"> {
  readonly listener: Deno.HttpServer;
  readonly goingDown: AbortController;
  readonly limits: ServerLimits;
}

async function goDown(server: GoingDown): Promise<void> {
  await removeServerFile(server.folder);
  server.goingDown.abort();
  const closed = server.listener.shutdown();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) =>
    timer = setTimeout(() => resolve("late"), server.limits.shutdownMs)
  );
  if (await Promise.race([closed, late]) === "late") {
    server.log?.(`requests were still under way after ${server.limits.shutdownMs} ms and were left`);
  }
  clearTimeout(timer);
  await server.door.close();
}

function heedSignals(stop: (reason: string) => void): () => void {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => ({ signal, listener: () => stop(signal) }));
  for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}

function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Who listens everywhere is reached on loopback by who is here. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" || host === "[::]" ? "::1" : host;
}

function urlHost(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
