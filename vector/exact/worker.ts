/**
 * The worker of the exact index: holds the rows, answers requests in order. It reads nothing and reaches nothing. What is
 * not an `ExactIndexError` ends it, and the index says so.
 */
import { ExactIndexError } from "./errors.ts";
import { ExactRows } from "./exact_rows.ts";
import type { Hit } from "./best.ts";
import { Mailbox } from "./mailbox.ts";
import type { ExactReply, ExactRequest, Outcome } from "./messages.ts";

interface Scope {
  onmessage: ((event: MessageEvent<ExactRequest>) => void) | null;
  postMessage(reply: ExactReply): void;
}

function serveIn(scope: Scope): void {
  let served: { readonly rows: ExactRows; readonly mailbox: Mailbox } | null = null;
  let handled = 0;

  const answer = (request: ExactRequest): readonly Hit[] => {
    if (request.type === "start") {
      served = { rows: new ExactRows(request), mailbox: new Mailbox(request.dimensions, request.shared) };
      return [];
    }
    if (served === null) throw new Error(`The worker was asked to ${request.type} before it was started`);
    const { rows } = served;
    if (request.type === "search") return rows.search(request.query, request.k);
    if (request.type === "add") rows.add(request.ids, request.vectors);
    else rows.remove(request.ids);
    return [];
  };
  const figures = (id: number) => ({ id, rows: served?.rows.rows ?? 0, bytes: served?.rows.bytes ?? 0 });
  const post = (id: number, outcome: Outcome) => scope.postMessage({ ...figures(id), ...outcome });

  /** Answers the searches in the mailbox until a message comes next: the thread sleeps in here. */
  const answerMailbox = () => {
    if (served === null) return;
    const { rows, mailbox } = served;
    for (let letter = mailbox.next(handled); letter !== null; letter = mailbox.next(handled)) {
      const { id, query, k } = letter;
      const outcome = outcomeOf(() => rows.search(query, k));
      if (!mailbox.answer(outcome.ok ? outcome.hits : null)) post(id, outcome);
    }
  };

  scope.onmessage = ({ data }) => {
    // Those that were asked before this message come first.
    answerMailbox();
    post(data.id, outcomeOf(() => answer(data)));
    handled++;
    answerMailbox();
  };
}

function outcomeOf(work: () => readonly Hit[]): Outcome {
  try {
    return { ok: true, hits: work() };
  } catch (error) {
    if (!(error instanceof ExactIndexError)) throw error;
    const { code, message, hint, details } = error;
    return { ok: false, error: { code, message, hint, details } };
  }
}

serveIn(globalThis as unknown as Scope);
