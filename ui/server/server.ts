/**
 * The web application over a door: commands in, questions answered, one ordered stream out, the canvas handed out.
 * It holds no state of the image and can be asked without listening anywhere.
 */
import { type Context, Hono } from "hono";
import type { Door } from "../door/mod.ts";
import {
  childrenQuerySchema,
  conversationQuerySchema,
  diffQuerySchema,
  exportQuerySchema,
  logQuerySchema,
  objectQuerySchema,
  objectsQuerySchema,
  questionQuerySchema,
  recallQuerySchema,
} from "../protocol.ts";
import { documentResponse, errorPage, errorResponse, jsonResponse } from "./answers.ts";
import { assetResponse, type Assets } from "./assets_route.ts";
import { runCommand } from "./commands_route.ts";
import { addExchangeRoutes } from "./exchange_routes.ts";
import { eventStreamResponse } from "./event_stream.ts";
import { checkCaller, sameToken, tokenCookieOf } from "./guard.ts";
import { type ServerLimits, serverLimits } from "./limits.ts";
import { asked, named, positionAfter, requireKnown } from "./query.ts";
import { logLineOf, ServerError } from "./server_error.ts";
import { verifyResponse } from "./verify_route.ts";

export interface CreateServerOptions {
  readonly door: Door;
  readonly assets: Assets;
  readonly token: string;
  /** True when the server listens beyond loopback: then nothing is answered without the token. */
  readonly requireToken?: boolean;
  /** Names beside the loopback ones by which the server may be called. */
  readonly hosts?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  /** Aborts when the server goes down: streams end. */
  readonly signal?: AbortSignal;
  readonly onShutdownRequest?: () => void;
  /** One line of the log. */
  readonly log?: (line: string) => void;
}

export type Server = Hono;

export function createServer(options: CreateServerOptions): Server {
  const { door, assets, token } = options;
  const limits = { ...serverLimits, ...options.limits };
  const guard = { token, requireToken: options.requireToken ?? false, hosts: options.hosts ?? [] };
  const signal = options.signal ?? new AbortController().signal;
  const log = (error: unknown) => options.log?.(logLineOf(error));
  const streams = { open: 0 };
  const app = new Hono();

  app.onError((error, context) => isForPeople(context) ? errorPage(error, log) : errorResponse(error, log));
  app.notFound((context) => isForPeople(context) ? pageNotFound() : errorResponse(noSuchRoute(context), log));
  app.use(async (context, next) => {
    const given = isNavigation(context) ? context.req.query("token") : undefined;
    if (given !== undefined && sameToken(given, token)) return enter(token, context.req.header("host") ?? "");
    checkCaller(context.req.raw, guard);
    await next();
  });
  // Hono answers HEAD by what answers GET and drops the body, which nothing would read, end or stop then.
  for (const [path, allow] of Object.entries(STREAMED)) {
    app.use(path, async (context, next) => {
      if (context.req.method === "HEAD") throw headRefused(path, allow);
      await next();
    });
  }

  app.post("/api/commands", async (context) => {
    requireKnown(context, []);
    const onShutdownRequest = () => options.onShutdownRequest?.();
    return jsonResponse(await runCommand(context.req.raw, { door, limits, onShutdownRequest }));
  });
  app.get(
    "/api/objects",
    async (context) => jsonResponse(await door.objects(asked(context, objectsQuerySchema))),
  );
  app.get(
    "/api/objects/:name",
    async (context) =>
      jsonResponse(await door.object(named(context, "name"), asked(context, objectQuerySchema))),
  );
  app.get(
    "/api/children/:name",
    async (context) =>
      jsonResponse(await door.children(named(context, "name"), asked(context, childrenQuerySchema))),
  );
  for (const method of ["get", "post"] as const) {
    app[method]("/api/verify", (context) => {
      requireKnown(context, []);
      return verifyResponse({ door, repair: method === "post", signal, log });
    });
  }
  app.get(
    "/api/canvas/:canvas",
    async (context) =>
      jsonResponse(await door.canvas(named(context, "canvas"), asked(context, objectQuerySchema))),
  );
  app.get("/api/conversation", async (context) => {
    const { thread, limit } = asked(context, conversationQuerySchema);
    return jsonResponse(await door.conversation(thread, { limit }));
  });
  app.get("/api/conversation/export", async (context) => {
    const { thread, format } = asked(context, exportQuerySchema);
    return documentResponse(await door.exportThread(thread, format), { name: thread, format });
  });
  plain("/api/threads", () => door.threads());
  plain("/api/usage", () => door.usage());
  app.get(
    "/api/prompts/:exchange",
    async (context) => {
      requireKnown(context, []);
      return jsonResponse(await door.prompts(named(context, "exchange")));
    },
  );
  app.get(
    "/api/recall",
    async (context) => jsonResponse(await door.recall(asked(context, recallQuerySchema))),
  );
  app.get(
    "/api/question",
    async (context) => jsonResponse(await door.question(asked(context, questionQuerySchema))),
  );
  plain("/api/memory/check", () => door.checkMemory());
  app.get(
    "/api/log",
    async (context) => jsonResponse({ thoughts: await door.log(asked(context, logQuerySchema)) }),
  );
  app.get("/api/diff", async (context) => jsonResponse(await door.diff(asked(context, diffQuerySchema))));
  plain("/api/history", () => door.history());
  plain("/api/proposals", async () => ({ proposals: await door.proposals() }));
  plain("/api/models", () => door.models());
  plain("/api/ingest", () => door.ingest());
  plain("/api/backups", () => door.backups());
  plain("/api/curation", () => door.curation());
  // Whoever watches it may put anything behind it, so that no answer comes out of a cache.
  app.get("/health", async () => jsonResponse(await door.health()));
  app.get("/events", (context) => {
    if (streams.open >= limits.streamsMax) throw tooManyStreams(limits.streamsMax);
    const after = positionAfter(context);
    streams.open++;
    const onEnd = () => void streams.open--;
    return eventStreamResponse({ door, after, limits, signal, log, onEnd }).catch((error) => {
      onEnd();
      throw error;
    });
  });
  addExchangeRoutes(app, { door, limits, signal, log });
  app.get("*", async (context) => {
    if (isOfTheApi(context)) throw noSuchRoute(context);
    return await assetResponse(context.req.raw, assets);
  });
  return app;

  /** A question without parameters. */
  function plain(path: string, answer: () => Promise<unknown>): void {
    app.get(path, async (context) => {
      requireKnown(context, []);
      return jsonResponse(await answer());
    });
  }

  function pageNotFound(): Response {
    return errorPage(
      new ServerError("no_such_route", "There is no such page", { hint: "The canvas is at /." }),
      log,
    );
  }
}

/** What is answered with a stream, and the methods that there are. */
const STREAMED: Readonly<Record<string, readonly string[]>> = {
  "/events": ["GET"],
  "/api/verify": ["GET", "POST"],
  "/api/export": ["GET"],
};

function headRefused(path: string, allow: readonly string[]): ServerError {
  return new ServerError("method_not_allowed", `${path} is a stream, which HEAD would begin and never read`, {
    hint: `Ask with ${allow.join(" or ")}; GET /health tells whether the server is there.`,
    details: { allow },
  });
}

/** Whether what is wrong is said on a page: to a browser that asks for one, and never of the API. */
function isForPeople(context: Context): boolean {
  const accept = context.req.header("accept")?.toLowerCase() ?? "";
  return !isOfTheApi(context) && accept.includes("text/html") && !accept.includes("application/json");
}

function isOfTheApi(context: Context): boolean {
  return /^\/(?:api|events|health)(?:\/|$)/.test(context.req.path);
}

function isNavigation(context: Context): boolean {
  return context.req.method === "GET" && context.req.path === "/";
}

/** Keeps the token in a cookie, out of reach of scripts, and takes it out of the address. */
function enter(token: string, host: string): Response {
  return new Response(null, {
    status: 303,
    headers: {
      location: "/",
      "set-cookie": `${tokenCookieOf(host)}=${token}; Path=/; HttpOnly; SameSite=Lax`,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
  });
}

function noSuchRoute(context: Context): ServerError {
  const route = `${context.req.method} ${context.req.path.slice(0, 200)}`;
  return new ServerError("no_such_route", `There is nothing at ${route}`, {
    hint:
      "Commands go to POST /api/commands; questions to GET /api/ingest, /api/objects, /api/objects/:name, /api/children/:name, " +
      "/api/canvas/:canvas, /api/conversation, /api/conversation/export, /api/threads, /api/prompts/:exchange, " +
      "/api/usage, /api/recall, /api/question, /api/memory/check, /api/log, /api/diff, /api/history, " +
      "/api/proposals, /api/models, /api/export, /api/backups, /api/curation, /health and /events.",
    details: { route },
  });
}

function tooManyStreams(max: number): ServerError {
  return new ServerError("unavailable", `The server already feeds ${max} streams, which is its bound`, {
    hint: "Close windows that are not needed.",
    retryable: true,
    details: { streamsMax: max },
  });
}
