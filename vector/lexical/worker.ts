/**
 * The worker of the lexical index: has the file, answers requests in their order, and makes changes durable a moment
 * later. What fails inside SQLite is told with the request that ran into it.
 */
import type { LexicalError } from "./errors.ts";
import { LexicalFile } from "./lexical_file.ts";
import { lexicalFlushMs } from "./limits.ts";
import type { LexicalReply, LexicalRequest, LexicalResult } from "./messages.ts";
import { describeRows, liveIds, matchingRows, searchWords } from "./search_words.ts";

interface Scope {
  onmessage: ((event: MessageEvent<LexicalRequest>) => void) | null;
  postMessage(reply: LexicalReply): void;
}

const NOTHING = { rows: 0, past: 0, watermark: "" };

function serveIn(scope: Scope): void {
  let file: LexicalFile | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flushSoon = (open: LexicalFile) => {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      try {
        open.flush();
      } catch (error) {
        scope.postMessage({ number: 0, state: open.state, ok: false, error: described(error) });
      }
    }, lexicalFlushMs);
  };

  const answer = (request: LexicalRequest): LexicalResult => {
    if (request.type === "start") {
      file = new LexicalFile(request.path, request.image);
      return null;
    }
    if (file === null) throw new Error(`The worker was asked to ${request.type} before it was started`);
    switch (request.type) {
      case "apply":
        file.apply(request.changes, request.watermark);
        flushSoon(file);
        return null;
      case "fill":
        file.fill(request.rows, request.past);
        flushSoon(file);
        return null;
      case "clear":
        file.clear();
        return null;
      case "prune":
        file.prune(request.upTo);
        flushSoon(file);
        return null;
      case "forget":
        file.forget(request.ids);
        return null;
      case "compact":
        file.compact();
        return null;
      case "search":
        return searchWords(file, request);
      case "describe":
        return describeRows(file, request.ids, request.asOf);
      case "matching":
        return matchingRows(file, request.filter, request);
      case "ids":
        return liveIds(file, request.after, request.limit);
      case "close":
        clearTimeout(timer);
        file.close();
        return null;
    }
  };

  scope.onmessage = ({ data }) => {
    try {
      const result = answer(data);
      scope.postMessage({ number: data.number, state: file?.state ?? NOTHING, ok: true, result });
    } catch (error) {
      scope.postMessage({
        number: data.number,
        state: file?.state ?? NOTHING,
        ok: false,
        error: described(error),
      });
    }
  };
}

/** What SQLite says of a file that is damaged, or none of its own; Deno hands on no code. */
const DAMAGED = /not a database|malformed|corrupt/i;

function described(error: unknown): Pick<LexicalError, "code" | "message" | "hint"> {
  const message = error instanceof Error ? error.message : String(error);
  if (DAMAGED.test(message)) {
    return {
      code: "lexical_damaged",
      message: `The lexical file is damaged: ${message}`,
      hint: "It is made anew.",
    };
  }
  const hint = "It is opened again and caught up from the log.";
  return { code: "lexical_failed", message: `The lexical file cannot be used: ${message}`, hint };
}

serveIn(globalThis as unknown as Scope);
