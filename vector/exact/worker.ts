/**
 * The worker of the exact index: holds the rows, answers requests in order. It reads nothing and reaches nothing. What is
 * not an `ExactIndexError` ends it, and the index says so.
 */
import { ExactIndexError } from "./errors.ts";
import { ExactRows } from "./exact_rows.ts";
import type { Hit } from "./best.ts";
import type { ExactReply, ExactRequest } from "./messages.ts";

interface Scope {
  onmessage: ((event: MessageEvent<ExactRequest>) => void) | null;
  postMessage(reply: ExactReply): void;
}

function serveIn(scope: Scope): void {
  let rows: ExactRows | null = null;

  const answer = (request: ExactRequest): readonly Hit[] => {
    if (request.type === "start") {
      rows = new ExactRows(request);
      return [];
    }
    if (rows === null) throw new Error(`The worker was asked to ${request.type} before it was started`);
    if (request.type === "search") return rows.search(request.query, request.k);
    if (request.type === "add") rows.add(request.ids, request.vectors);
    else rows.remove(request.ids);
    return [];
  };
  const figures = (id: number) => ({ id, rows: rows?.rows ?? 0, bytes: rows?.bytes ?? 0 });

  scope.onmessage = ({ data }) => {
    try {
      const hits = answer(data);
      scope.postMessage({ ok: true, ...figures(data.id), hits });
    } catch (error) {
      if (!(error instanceof ExactIndexError)) throw error;
      const { code, message, hint, details } = error;
      scope.postMessage({ ok: false, ...figures(data.id), error: { code, message, hint, details } });
    }
  };
}

serveIn(globalThis as unknown as Scope);
