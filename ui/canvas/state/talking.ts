/** The conversation: a thread and what was said in it, answers while they come in, asking and stopping. */
import {
  type AnswerDetails,
  type CommandInput,
  type CommittedEvent,
  defaultThread,
  type Exchange,
  type LiveEvent,
  threadResultSchema,
} from "../../protocol.ts";
import { EXCHANGES_SHOWN_MAX } from "../limits.ts";
import { type Api, problemOf } from "../net/api.ts";
import { type AnswerAbout, AnswerEntry } from "./answer_entry.ts";
import { createListingThreads } from "./listing_threads.ts";
import type { Store } from "./store.ts";

export type Talking = ReturnType<typeof createTalking>;

export interface TalkingHooks {
  readonly clock: () => number;
  /** Something of a running answer is missing: joining the stream anew brings a snapshot. */
  readonly onGap: () => void;
  /** The thread in view is not in the image any more. */
  readonly onGone: (thread: string) => void;
}

type Live<Name extends LiveEvent["command"]> = Extract<LiveEvent, { command: Name }>;
type Started = Live<"ANSWER_STARTED" | "ANSWER_SNAPSHOT">;
type Complete = Extract<CommittedEvent, { command: "PERSONA_RESPONSE_COMPLETE" }>;
type Question = Omit<
  Extract<CommandInput, { command: "USER_QUERY_REQUEST" }>,
  "command" | "thread" | "timestamp"
>;

export function createTalking(store: Store, api: Api, hooks: TalkingHooks) {
  /** Every answer by its id, whether it is shown or not. */
  const entries = new Map<string, AnswerEntry>();
  const gaps = new Set<string>();
  /** Answers that the server has told of since the stream was joined last. */
  const confirmed = new Set<string>();
  let joins = 0;
  /** The thread that another window or day has left in view: in another image, or deleted since, it is not there. */
  let left = store.thread.peek() === defaultThread ? null : store.thread.peek();
  /** The one that was not there: its first answer may be on its way. */
  let missed: string | null = null;
  const nameOf = (oid: string) => store.personas.value.find((each) => each.oid === oid)?.name ?? "persona";
  const isShown = ({ thread }: { readonly thread: string }) => thread === store.thread.value;

  function know(entry: AnswerEntry): AnswerEntry {
    entries.set(entry.answer, entry);
    for (const answer of entries.keys()) {
      if (entries.size <= 2 * EXCHANGES_SHOWN_MAX) break;
      entries.delete(answer);
    }
    return entry;
  }

  function add(entry: AnswerEntry): AnswerEntry {
    if (isShown(entry.about.peek())) {
      store.answers.value = [...store.answers.value, entry].slice(-EXCHANGES_SHOWN_MAX);
    }
    return know(entry);
  }

  /** Beside the first answer to the same prompt, when that is known here. */
  function addAgain(first: AnswerEntry | undefined, entry: AnswerEntry): AnswerEntry {
    if (first !== undefined && !first.again.peek().includes(entry)) {
      first.again.value = [...first.again.peek(), entry];
    }
    return know(entry);
  }

  function started(event: Started): void {
    const { answer, thread, mind, reason, memories, replay_of } = event;
    const known = entries.get(answer);
    const about: AnswerAbout = {
      personaId: event.persona_id,
      personaName: event.persona_name,
      question: event.query_text,
      thread,
      mind,
      model: known?.about.peek().model ?? "",
      reason,
      memories,
      at: known?.about.peek().at ?? hooks.clock(),
      exchange: null,
      details: null,
    };
    const made = () => new AnswerEntry(answer, about, { state: "asking" });
    const entry = known ?? (replay_of === undefined ? add(made()) : addAgain(firstOf(replay_of), made()));
    entry.about.value = about;
    gaps.delete(answer);
    confirmed.add(answer);
    if (thread === missed) void open(thread);
    if (event.command !== "ANSWER_SNAPSHOT") return;
    for (const voice of event.voices ?? []) entry.addVoice(voiceOf(voice), voice.text);
    entry.snapshot(event.text);
  }

  function firstOf(exchange: string): AnswerEntry | undefined {
    return entries.values().find(({ about }) => about.peek().exchange === exchange);
  }

  /** A piece that something is missing before asks for a snapshot, once. */
  function taken(answer: string, take: (entry: AnswerEntry) => boolean): void {
    const entry = entries.get(answer);
    if (entry?.isOver || (entry !== undefined && take(entry)) || gaps.has(answer)) return;
    gaps.add(answer);
    hooks.onGap();
  }

  function complete(event: Complete): void {
    const known = entries.get(event.answer);
    const { replay_of } = event;
    const about: AnswerAbout = {
      personaId: event.persona_id,
      personaName: event.persona_name ?? known?.about.peek().personaName ?? nameOf(event.persona_id),
      question: event.query_text,
      thread: event.thread,
      mind: event.mind,
      model: modelOf(event),
      reason: replay_of === undefined ? event.details?.reason ?? "" : known?.about.peek().reason ?? "",
      memories: event.memories,
      at: event.at,
      exchange: replay_of === undefined ? event.exchange ?? null : null,
      details: replay_of === undefined ? event.details ?? null : null,
    };
    const made = () => new AnswerEntry(event.answer, about, { state: "complete" });
    const entry = known ?? (replay_of === undefined ? add(made()) : addAgain(entries.get(replay_of), made()));
    entry.about.value = about;
    entry.complete(event.full_text);
  }

  function fromHistory(exchange: Exchange): AnswerEntry {
    const about: AnswerAbout = {
      personaId: exchange.persona_id,
      personaName: exchange.persona_name,
      question: exchange.query_text,
      thread: exchange.thread,
      mind: exchange.mind,
      model: exchange.details?.model ?? "",
      reason: exchange.details?.reason ?? "",
      memories: exchange.memories,
      at: exchange.at,
      exchange: exchange.oid,
      details: exchange.details ?? null,
    };
    const entry = entries.get(exchange.answer) ??
      new AnswerEntry(exchange.answer, about, { state: "complete" });
    entry.about.value = about;
    entry.complete(exchange.full_text);
    const running = entry.again.peek().filter(({ phase }) => phase.peek().state !== "complete");
    entry.again.value = [
      ...(exchange.details?.replays ?? []).map((each) => fromReplay(about, each)),
      ...running,
    ];
    return know(entry);
  }

  function fromReplay(first: AnswerAbout, replay: AnswerDetails["replays"][number]): AnswerEntry {
    const { answer, persona_id: personaId, persona_name: personaName, mind, model, at, text } = replay;
    const about = {
      ...first,
      personaId,
      personaName,
      mind,
      model,
      at,
      reason: "",
      exchange: null,
      details: null,
    };
    const entry = entries.get(answer) ?? new AnswerEntry(answer, about, { state: "complete" });
    entry.about.value = about;
    entry.complete(text);
    return know(entry);
  }

  async function load(): Promise<void> {
    const thread = store.thread.value;
    try {
      const [{ exchanges }] = await Promise.all([
        api.conversation(thread, EXCHANGES_SHOWN_MAX),
        loadThreads(),
      ]);
      if (store.thread.value !== thread) return;
      const isThere = exchanges.length > 0 || store.threads.value.some((each) => each.thread === thread) ||
        entries.values().some((entry) => isShown(entry.about.peek()) && !entry.isOver);
      if (thread === left && !isThere) {
        const opening = open(defaultThread);
        missed = thread;
        return await opening;
      }
      left = null;
      const old = exchanges.map(fromHistory);
      const again = new Set(old.flatMap((entry) => entry.again.peek()));
      // What runs, and what was stopped in this window, is not in the history.
      const own = [...entries.values()].filter((entry) =>
        isShown(entry.about.peek()) && !old.includes(entry) && !again.has(entry) &&
        entry.phase.peek().state !== "complete"
      );
      store.answers.value = [...old, ...own];
      store.conversation.value = { state: "ready" };
    } catch (error) {
      if (store.thread.value !== thread) return;
      store.conversation.value = { state: "failed", problem: problemOf(error) };
    }
  }

  const loadThreads = createListingThreads({ store, api, open, onGone: hooks.onGone });

  async function open(thread: string): Promise<void> {
    if (thread === store.thread.value && store.conversation.value.state === "ready") return;
    left = missed = null;
    store.thread.value = thread;
    store.answers.value = [];
    store.conversation.value = { state: "loading" };
    await load();
  }

  return {
    started,
    complete,
    load,
    loadThreads,
    /** Whether something that is shown of the conversation, or is used by it, is among these objects. */
    isAbout: (oids: readonly string[]) => store.answers.value.some((entry) => entry.isAbout(oids)),
    /** Shows another thread; one that is not there begins with the first question. */
    open,
    token({ answer, offset, token }: Live<"PERSONA_RESPONSE_PARTIAL">): void {
      taken(answer, (entry) => entry.take(offset, token));
    },
    voiceStarted(event: Live<"VOICE_STARTED">): void {
      entries.get(event.answer)?.addVoice(voiceOf(event));
    },
    voiceToken({ answer, voice, offset, token }: Live<"VOICE_PARTIAL">): void {
      taken(answer, (entry) => entry.takeVoice(voice, offset, token));
    },
    aborted({ answer, reason }: { answer: string; reason: string }): void {
      entries.get(answer)?.abort(reason);
    },
    /** @throws {ApiError} when the question was not taken */
    async ask(question: Question): Promise<void> {
      const thread = store.thread.value;
      await api.command({
        command: "USER_QUERY_REQUEST",
        ...question,
        timestamp: hooks.clock(),
        ...(thread === defaultThread ? {} : { thread }),
      });
    },
    /** @throws {ApiError} */
    async stop(answer: string): Promise<void> {
      await api.command({ command: "CANCEL", answer });
    },
    /** The same prompt again. @throws {ApiError} */
    async replay(exchange: string): Promise<void> {
      await api.command({ command: "REPLAY", exchange });
    },
    /** Goes on in a new thread after an exchange. @throws {ApiError} */
    async branch(exchange: string): Promise<string> {
      const { result } = await api.command({ command: "BRANCH_THREAD", exchange });
      const { thread } = threadResultSchema.parse(result);
      await open(thread);
      return thread;
    },
    /** @throws {ApiError} */
    async rename(thread: string, name: string): Promise<void> {
      await api.command({ command: "RENAME_THREAD", thread, name });
      await loadThreads();
    },
    /**
     * Connected anew: the server tells of each running answer at once. What it has not told of after `settleMs` has
     * ended meanwhile, which nobody could tell this window.
     */
    rejoined(settleMs: number): void {
      const doubtful = [...entries.values()].filter(({ isOver }) => !isOver);
      if (doubtful.length === 0) return;
      const join = ++joins;
      confirmed.clear();
      setTimeout(() => {
        if (join !== joins) return;
        for (const entry of doubtful) {
          if (entry.isOver || confirmed.has(entry.answer)) continue;
          entry.abort("The answer ended while the connection was lost");
        }
      }, settleMs);
    },
  };
}

function voiceOf(event: Omit<Live<"VOICE_STARTED">, "command" | "answer" | "mind">) {
  const { voice, persona_id: personaId, persona_name: personaName, task, reason } = event;
  return { voice, personaId, personaName, task, reason };
}

function modelOf({ answer, replay_of, details }: Complete): string {
  if (replay_of === undefined) return details?.model ?? "";
  return details?.replays.find((each) => each.answer === answer)?.model ?? "";
}
