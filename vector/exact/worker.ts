/**
 * The worker of the exact index: holds the rows, answers requests in order. It reads nothing and reaches nothing. What is
 * not an `ExactIndexError` ends it, and the index says so.
 */
import { ExactIndexError } from "./errors.ts";
import { ExactRows } from "./exact_rows.ts";
import type { Hit } from "./best.ts";
import type { ExactReply, ExactRequest } from "./messages.ts";

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ExactRequest>) => void) | null;
  postMessage(reply: ExactReply): void;
};

let rows: ExactRows | null = null;

function serve(request: ExactRequest): readonly Hit[] {
  if (request.type === "start") {
    rows = new ExactRows(request);
    return [];
  }
  if (rows === null) throw new Error(`The worker was asked to ${request.type} before it was started`);
  if (request.type === "search") return rows.search(request.query, request.k);
  if (request.type === "add") rows.add(request.ids, request.vectors);
  else rows.remove(request.ids);
  return [];
}

scope.onmessage = ({ data }) => {
  try {
    const hits = serve(data);
    scope.postMessage({ ok: true, id: data.id, rows: rows?.rows ?? 0, bytes: rows?.bytes ?? 0, hits });
  } catch (error) {
    if (!(error instanceof ExactIndexError)) throw error;
    const { code, message, hint, details } = error;
    const carried = { code, message, hint, details };
    scope.postMessage({
      ok: false,
      id: data.id,
      rows: rows?.rows ?? 0,
      bytes: rows?.bytes ?? 0,
      error: carried,
    });
  }
};
