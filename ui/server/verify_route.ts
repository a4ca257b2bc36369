/**
 * The route over which an image is verified while it is being served: lines of JSON as the walk goes on, so that whoever
 * asked sees how far it is, and a connection that is silent for minutes is not cut. It ends when the client goes.
 */
import { type Door, errorShapeOf } from "../door/mod.ts";
import type { VerifyLine } from "../protocol.ts";
import { SECURITY_HEADERS } from "./answers.ts";

export interface VerifyRouteOptions {
  readonly door: Door;
  readonly repair: boolean;
  /** Aborts when the server goes down. */
  readonly signal: AbortSignal;
  /** Hears of what is the program's fault. */
  readonly log: (error: unknown) => void;
}

export function verifyResponse(options: VerifyRouteOptions): Response {
  const { door, repair, signal, log } = options;
  const gone = new AbortController();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const tell = (line: VerifyLine) => {
        if (!gone.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      };
      const ended = AbortSignal.any([signal, gone.signal]);
      try {
        tell({
          report: await door.verify({ repair, signal: ended, onProgress: (progress) => tell({ progress }) }),
        });
      } catch (error) {
        const shape = errorShapeOf(error);
        if (shape.code === "internal" && !ended.aborted) log(error);
        tell({ error: shape });
      }
      if (!gone.signal.aborted) controller.close();
    },
    cancel: () => gone.abort(new Error("the client has gone")),
  });
  return new Response(body, {
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "application/x-ndjson; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}
