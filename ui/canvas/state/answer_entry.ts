/**
 * A question and its answer while it comes in and after. Tokens go straight into a text node of the page: no signal,
 * no rendering, no layout is asked for on their way.
 */
import { type Signal, signal } from "@preact/signals";
import type { RecallHit } from "../../protocol.ts";
import { afterSnapshot, stepOf } from "../model/answers.ts";

export type AnswerPhase =
  | { readonly state: "asking" }
  | { readonly state: "streaming" }
  | { readonly state: "complete" }
  | { readonly state: "aborted"; readonly reason: string };

export interface AnswerAbout {
  readonly personaId: string;
  readonly personaName: string;
  readonly question: string;
  readonly mind: string;
  /** Why this persona answers; empty for one from the history. */
  readonly reason: string;
  readonly memories: readonly RecallHit[];
  readonly at: number;
}

export class AnswerEntry {
  readonly answer: string;
  readonly about: Signal<AnswerAbout>;
  readonly phase: Signal<AnswerPhase>;
  #text: string;
  #node: Text | null = null;
  #onGrow: (() => void) | null = null;

  constructor(answer: string, about: AnswerAbout, phase: AnswerPhase, text = "") {
    this.answer = answer;
    this.about = signal(about);
    this.phase = signal(phase);
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  /** From now on tokens go into this node; `onGrow` is called after each. */
  attach(node: Text, onGrow: () => void): () => void {
    node.data = this.#text;
    this.#node = node;
    this.#onGrow = onGrow;
    return () => {
      if (this.#node !== node) return;
      this.#node = null;
      this.#onGrow = null;
    };
  }

  /** @returns false when something between is missing */
  take(offset: number, token: string): boolean {
    const step = stepOf(this.#text.length, offset, token);
    if (step.kind !== "append") return step.kind === "known";
    this.#text += step.text;
    this.#node?.appendData(step.text);
    if (this.phase.peek().state === "asking") this.phase.value = { state: "streaming" };
    this.#onGrow?.();
    return true;
  }

  snapshot(text: string): void {
    this.#replace(afterSnapshot(this.#text, text));
    if (this.#text !== "") this.phase.value = { state: "streaming" };
  }

  complete(text: string): void {
    this.#replace(text);
    this.phase.value = { state: "complete" };
  }

  abort(reason: string): void {
    this.#replace("");
    this.phase.value = { state: "aborted", reason };
  }

  #replace(text: string): void {
    this.#text = text;
    if (this.#node !== null) this.#node.data = text;
    this.#onGrow?.();
  }
}
