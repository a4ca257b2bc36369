/** The conversation: the history of the thread, answers while they come in, asking and stopping. */
import { type CommittedEvent, defaultThread, type Exchange, type LiveEvent } from "../../protocol.ts";
import { EXCHANGES_SHOWN_MAX } from "../limits.ts";
import { type Api, problemOf } from "../net/api.ts";
import { type AnswerAbout, AnswerEntry } from "./answer_entry.ts";
import type { Store } from "./store.ts";

export type Talking = ReturnType<typeof createTalking>;

export interface TalkingHooks {
  readonly clock: () => number;
  /** Something of a running answer is missing: joining the stream anew brings a snapshot. */
  readonly onGap: () => void;
}

type Started = Extract<LiveEvent, { command: "ANSWER_STARTED" | "ANSWER_SNAPSHOT" }>;
type Complete = Extract<CommittedEvent, { command: "PERSONA_RESPONSE_COMPLETE" }>;

export function createTalking(store: Store, api: Api, hooks: TalkingHooks) {
  /** Every answer by its id, whether it is shown or not. */
  const entries = new Map<string, AnswerEntry>();
  const gaps = new Set<string>();
  /** Answers that the server has told of since the stream was joined last. */
  const confirmed = new Set<string>();
  let joins = 0;
  const nameOf = (oid: string) => store.personas.value.find((each) => each.oid === oid)?.name ?? "persona";

  function add(entry: AnswerEntry): AnswerEntry {
    entries.set(entry.answer, entry);
    store.answers.value = [...store.answers.value, entry].slice(-EXCHANGES_SHOWN_MAX);
    for (const answer of entries.keys()) {
      if (entries.size <= 2 * EXCHANGES_SHOWN_MAX) break;
      entries.delete(answer);
    }
    return entry;
  }

  function started(event: Started): void {
    if (event.thread !== defaultThread) return;
    const about: AnswerAbout = {
      personaId: event.persona_id,
      personaName: event.persona_name,
      question: event.query_text,
      mind: event.mind,
      reason: event.reason,
      memories: event.memories,
      at: entries.get(event.answer)?.about.value.at ?? hooks.clock(),
    };
    const entry = entries.get(event.answer) ?? add(new AnswerEntry(event.answer, about, { state: "asking" }));
    entry.about.value = about;
    gaps.delete(event.answer);
    confirmed.add(event.answer);
    if (event.command === "ANSWER_SNAPSHOT") entry.snapshot(event.text);
  }

  function token(
    { answer, offset, token }: Extract<LiveEvent, { command: "PERSONA_RESPONSE_PARTIAL" }>,
  ): void {
    const entry = entries.get(answer);
    const state = entry?.phase.peek().state;
    if (state === "complete" || state === "aborted") return;
    if (entry?.take(offset, token)) return;
    if (gaps.has(answer)) return;
    gaps.add(answer);
    hooks.onGap();
  }

  function complete(event: Complete): void {
    if (event.thread !== defaultThread) return;
    const known = entries.get(event.answer);
    const about: AnswerAbout = {
      personaId: event.persona_id,
      personaName: known?.about.value.personaName ?? nameOf(event.persona_id),
      question: event.query_text,
      mind: event.mind,
      reason: known?.about.value.reason ?? "",
      memories: event.memories,
      at: event.at,
    };
    const entry = known ?? add(new AnswerEntry(event.answer, about, { state: "complete" }));
    entry.about.value = about;
    entry.complete(event.full_text);
  }

  function fromHistory(exchange: Exchange): AnswerEntry {
    const known = entries.get(exchange.answer);
    const about: AnswerAbout = {
      personaId: exchange.persona_id,
      personaName: exchange.persona_name,
      question: exchange.query_text,
      mind: exchange.mind,
      reason: known?.about.value.reason ?? "",
      memories: exchange.memories,
      at: exchange.at,
    };
    const entry = known ?? new AnswerEntry(exchange.answer, about, { state: "complete" });
    entry.about.value = about;
    entry.complete(exchange.full_text);
    entries.set(exchange.answer, entry);
    return entry;
  }

  return {
    started,
    token,
    complete,
    aborted({ answer, reason }: { answer: string; reason: string }): void {
      entries.get(answer)?.abort(reason);
    },
    async load(): Promise<void> {
      try {
        const { exchanges } = await api.conversation(defaultThread, EXCHANGES_SHOWN_MAX);
        const old = exchanges.map(fromHistory);
        // What runs, and what was stopped in this window, is not in the history.
        const own = store.answers.value.filter((entry) =>
          !old.includes(entry) && entry.phase.value.state !== "complete"
        );
        store.answers.value = [...old, ...own];
        store.conversation.value = { state: "ready" };
      } catch (error) {
        store.conversation.value = { state: "failed", problem: problemOf(error) };
      }
    },
    /** @throws {ApiError} when the question was not taken */
    async ask(text: string, persona: string | null): Promise<void> {
      await api.command({
        command: "USER_QUERY_REQUEST",
        query_text: text,
        timestamp: hooks.clock(),
        ...(persona === null ? {} : { persona }),
      });
    },
    /** @throws {ApiError} */
    async stop(answer: string): Promise<void> {
      await api.command({ command: "CANCEL", answer });
    },
    /**
     * Connected anew: the server tells of each running answer at once. What it has not told of after `settleMs` has
     * ended meanwhile, which nobody could tell this window.
     */
    rejoined(settleMs: number): void {
      const doubtful = [...entries.values()].filter(isRunning);
      if (doubtful.length === 0) return;
      const join = ++joins;
      confirmed.clear();
      setTimeout(() => {
        if (join !== joins) return;
        for (const entry of doubtful) {
          if (!isRunning(entry) || confirmed.has(entry.answer)) continue;
          entry.abort("The answer ended while the connection was lost");
        }
      }, settleMs);
    },
  };
}

function isRunning({ phase }: AnswerEntry): boolean {
  const { state } = phase.peek();
  return state === "asking" || state === "streaming";
}
