/**
 * Messages to objects, by their receiver: what is written, what was sent and has no answer yet, and what came of it. A
 * message may have a method made first, which takes minutes: meanwhile one looks at other objects, and is told.
 */
import { type Signal, signal } from "@preact/signals";
import type { ObjectView, WireValue } from "../../protocol.ts";
import { DRAFTS_KEPT_MAX } from "../limits.ts";
import { nameIn } from "../model/morphs.ts";
import { parseArguments, previewOf } from "../model/slot_text.ts";
import { isolated, localProblem, type Problem } from "../model/words.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Actions } from "./actions.ts";
import { isOver, type Proposing } from "./proposing.ts";
import type { Looking } from "./past.ts";
import type { Store } from "./store.ts";
import type { Toaster } from "./toaster.ts";

export interface Message {
  readonly selector: string;
  /** As they are written. */
  readonly args: string;
  /** What was sent and has no answer yet, when (ms), and what its receiver was called then. */
  readonly sent: { readonly selector: string; readonly at: number; readonly name: string | null } | null;
  readonly problem: Problem | null;
  readonly answer: { readonly value: WireValue; readonly said: string } | null;
}

const NOTHING: Message = { selector: "", args: "", sent: null, problem: null, answer: null };
/** Characters of an answer in a message at the edge of the window. */
const ANSWER_TOLD_MAX = 80;

export interface SendingParts {
  readonly store: Store;
  readonly api: Api;
  readonly toaster: Toaster;
  readonly actions: Actions;
  readonly proposing: Proposing;
  readonly looking: Looking;
  readonly clock: () => number;
  readonly show: (oid: string) => void;
}

export type Sending = ReturnType<typeof createSending>;

export function createSending(parts: SendingParts) {
  const { store, api, toaster, actions, proposing, looking, clock, show } = parts;
  const messages: Signal<ReadonlyMap<string, Message>> = signal(new Map());
  const of = (oid: string): Message => messages.value.get(oid) ?? NOTHING;

  function put(oid: string, changed: Partial<Message>): void {
    const all = new Map(messages.peek());
    const idle = [...all].find(([, { sent }]) => sent === null)?.[0];
    if (!all.has(oid) && all.size >= DRAFTS_KEPT_MAX && idle !== undefined) all.delete(idle);
    messages.value = all.set(oid, { ...(all.get(oid) ?? NOTHING), ...changed });
  }

  /** Who looks at another object by now, or at the past, is told at the edge of the window. */
  function tell(oid: string, toast: { kind: "info" | "error"; text: string; hint?: string }): void {
    if (store.selected.value === oid && store.past.value === null) return;
    toaster.show({ ...toast, action: { label: "Show", run: () => showNow(oid) } });
  }

  function showNow(oid: string): void {
    looking.leave();
    show(oid);
  }

  return {
    of,
    write: (oid: string, changed: Pick<Partial<Message>, "selector" | "args">): void => put(oid, changed),

    /** Sends what is written, or another selector with the arguments that are written. */
    async send(
      { oid, name }: Pick<ObjectView, "oid" | "name">,
      selector = of(oid).selector.trim(),
    ): Promise<void> {
      if (of(oid).sent !== null) return;
      const parsed = parseArguments(of(oid).args);
      if (!parsed.ok) return put(oid, { problem: localProblem(parsed.reason) });
      if (selector === "") return put(oid, { problem: localProblem("A message needs a selector") });
      put(oid, { selector, sent: { selector, at: clock(), name }, problem: null, answer: null });
      const said = `${isolated(nameIn(store.scene.value, oid))} ${selector}`;
      try {
        const value = (await actions.send(oid, selector, parsed.values) ?? null) as WireValue;
        put(oid, { sent: null, answer: { value, said: selector } });
        tell(oid, { kind: "info", text: `${said} answered ${previewOf(value, ANSWER_TOLD_MAX)}` });
      } catch (error) {
        const found = problemOf(error);
        const problem = found.code === "unreachable" ? brokenOff(selector) : found;
        put(oid, { sent: null, problem });
        tell(oid, { kind: "error", text: `${said}: ${problem.message}`, hint: problem.hint });
      }
    },

    /** The making of a method that a message waits for, as far as it has come; null when there is none. */
    generationFor(oid: string, { sent }: Message) {
      if (sent === null) return null;
      for (const entry of [...proposing.generations.value.values()].reverse()) {
        const { receiver, selector } = entry.latest;
        const isIts = selector === sent.selector && (receiver === oid || receiver === sent.name);
        if (isIts && !isOver(entry.latest)) return entry;
      }
      return null;
    },

    /** Gives up the making of a method; whoever waits for it is told. */
    async stop(generation: string): Promise<void> {
      try {
        await api.command({ command: "STOP_GENERATION", generation });
      } catch (error) {
        toaster.fail(error);
      }
    },
  };
}

/** This window comes back by itself; the answer does not. */
function brokenOff(selector: string): Problem {
  return {
    code: "unreachable",
    message: `The connection broke off before "${selector}" was answered`,
    hint: "The history shows whether it changed something. Send it again if not.",
    retryable: true,
    details: {},
  };
}
