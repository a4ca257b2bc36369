/**
 * `GET /api/export` gives an archive or a blueprint, `POST /api/import` takes an archive and answers with lines of
 * progress and the report, `POST /api/ingest` takes memories from elsewhere. An archive is a stream: its own bounds
 * hold for it, not those of a command.
 */
import type { Context, Hono } from "hono";
import { z } from "zod";
import {
  describeIssues,
  type Door,
  errorShapeOf,
  exportRequestSchema,
  type ImportMessage,
  importRequestSchema,
  ingestRequestSchema,
  pathsOf,
} from "../door/mod.ts";
import { jsonResponse, SECURITY_HEADERS } from "./answers.ts";
import { piecesOf, readJson } from "./body.ts";
import type { ServerLimits } from "./limits.ts";
import { requireKnown } from "./query.ts";
import { ServerError } from "./server_error.ts";

export interface ExchangeRoutesOptions {
  readonly door: Door;
  readonly limits: ServerLimits;
  /** Aborts when the server goes down. */
  readonly signal: AbortSignal;
  readonly log: (error: unknown) => void;
}

export function addExchangeRoutes(app: Hono, { door, limits, signal, log }: ExchangeRoutesOptions): void {
  const imports = { open: 0 };
  app.get("/api/export", async (context) => {
    requireKnown(context, ["object", "vectors", "as"], ["object"]);
    const { vectors } = checked(vectorsSchema, { vectors: context.req.query("vectors") });
    const request = checked(exportRequestSchema, {
      ...(context.req.queries("object") === undefined ? {} : { objects: context.req.queries("object") }),
      ...(vectors === undefined ? {} : { vectors: vectors === "true" }),
      ...(context.req.query("as") === undefined ? {} : { as: context.req.query("as") }),
    });
    const chunks = door.exchange.export(request, { signal });
    const type = request.as === "archive" ? "application/x-ndjson" : "application/json";
    return await streamed(chunks, { type, log, last: () => null });
  });
  app.post("/api/import", async (context) => {
    requireKnown(context, ["onConflict"]);
    const request = checked(importRequestSchema, context.req.query());
    if (imports.open >= limits.importsMax) throw tooManyImports(limits.importsMax);
    const body = piecesOf(context.req.raw.body ?? new Blob([]).stream(), limits.importIdleMs);
    const options = { signal, ...whoOf(context) };
    const messages = counted(imports, lines(door.exchange.import(body, request, options)));
    const last = (error: unknown) => encoder.encode(`${JSON.stringify({ error: errorShapeOf(error) })}\n`);
    return await streamed(messages, { type: "application/x-ndjson", log, last });
  });
  app.post("/api/ingest", async (context) => {
    requireKnown(context, []);
    const { memories } = checked(ingestRequestSchema, await readJson(context.req.raw, limits));
    return jsonResponse(await door.exchange.ingest(memories, { signal, ...whoOf(context) }));
  });
}

/** What is neither would be taken for no, and an archive without its vectors for a whole one. */
const vectorsSchema = z.object({ vectors: z.enum(["true", "false"]).optional() });

const encoder = new TextEncoder();

async function* lines(messages: AsyncIterable<ImportMessage>): AsyncGenerator<Uint8Array> {
  for await (const message of messages) yield encoder.encode(`${JSON.stringify(message)}\n`);
}

/** Counts as open from when it is first read until it ends, however it does. */
async function* counted<T>(count: { open: number }, items: AsyncIterable<T>): AsyncGenerator<T> {
  count.open++;
  try {
    yield* items;
  } finally {
    count.open--;
  }
}

function tooManyImports(max: number): ServerError {
  return new ServerError("unavailable", `The server already takes in ${max} archives, which is its bound`, {
    hint: "Send it again when one of them is in.",
    retryable: true,
    details: { importsMax: max },
  });
}

/** Answers once the first piece is there, so that what is refused by then is an error like any other. */
async function streamed(
  chunks: AsyncIterable<Uint8Array>,
  how: {
    readonly type: string;
    readonly log: (error: unknown) => void;
    /** What is said in the stream of an error in its midst; null breaks it off. */
    readonly last: (error: unknown) => Uint8Array | null;
  },
): Promise<Response> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (first.done) controller.close();
      else controller.enqueue(first.value);
    },
    pull: async (controller) => {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        how.log(error);
        const said = how.last(error);
        if (said === null) return controller.error(error);
        controller.enqueue(said);
        controller.close();
      }
    },
    cancel: async () => void await iterator.return?.(),
  });
  return new Response(body, {
    headers: { ...SECURITY_HEADERS, "content-type": how.type, "cache-control": "no-store" },
  });
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ServerError("wrong_shape", `Cannot answer this: ${describeIssues(parsed.error)}`, {
    hint: "Correct what is named and ask again.",
    details: { paths: pathsOf(parsed.error) },
  });
}

function whoOf(context: Context): { readonly who?: string } {
  const who = context.req.header("telos-who");
  return who !== undefined && /^[\w .:-]{1,64}$/.test(who) ? { who } : {};
}
