/** A question and its answer while it comes in and after, with what others said before it and second answers. */
import { type Signal, signal } from "@preact/signals";
import type { AnswerDetails, RecallHit } from "../../protocol.ts";
import { afterSnapshot } from "../model/answers.ts";
import { GrowingText } from "./growing_text.ts";

export type AnswerPhase =
  | { readonly state: "asking" }
  | { readonly state: "streaming" }
  | { readonly state: "complete" }
  | { readonly state: "aborted"; readonly reason: string };

export interface AnswerAbout {
  readonly personaId: string;
  readonly personaName: string;
  readonly question: string;
  readonly thread: string;
  readonly mind: string;
  /** Empty until it is known, and where none answered. */
  readonly model: string;
  /** Why this persona answers. */
  readonly reason: string;
  readonly memories: readonly RecallHit[];
  readonly at: number;
  /** The oid of the exchange; null until it is stored. */
  readonly exchange: string | null;
  readonly details: AnswerDetails | null;
}

/** What one of several says before the answer itself. */
export interface VoiceEntry {
  readonly voice: number;
  readonly personaId: string;
  readonly personaName: string;
  readonly task: "answer" | "revise" | "synthesize";
  readonly reason: string;
  readonly words: GrowingText;
}

export class AnswerEntry {
  readonly answer: string;
  readonly about: Signal<AnswerAbout>;
  readonly phase: Signal<AnswerPhase>;
  readonly voices: Signal<readonly VoiceEntry[]> = signal([]);
  /** Second answers to the same prompt. */
  readonly again: Signal<readonly AnswerEntry[]> = signal([]);
  readonly words: GrowingText;

  constructor(answer: string, about: AnswerAbout, phase: AnswerPhase, text = "") {
    this.answer = answer;
    this.about = signal(about);
    this.phase = signal(phase);
    this.words = new GrowingText(text);
  }

  get text(): string {
    return this.words.text;
  }

  get isOver(): boolean {
    const { state } = this.phase.peek();
    return state === "complete" || state === "aborted";
  }

  /** Whether it, or a memory that it used, is among these objects. */
  isAbout(oids: readonly string[]): boolean {
    const { exchange, memories } = this.about.peek();
    return oids.some((oid) => oid === exchange || memories.some((each) => each.oid === oid));
  }

  /** @returns false when something between is missing */
  take(offset: number, token: string): boolean {
    const before = this.words.text.length;
    const isWhole = this.words.take(offset, token);
    if (this.words.text.length > before) this.#speaks();
    return isWhole;
  }

  addVoice(voice: Omit<VoiceEntry, "words">, text = ""): void {
    const others = this.voices.peek().filter((each) => each.voice !== voice.voice);
    this.voices.value = [...others, { ...voice, words: new GrowingText(text) }];
    this.#speaks();
  }

  /** @returns false when something between is missing */
  takeVoice(voice: number, offset: number, token: string): boolean {
    return this.voices.peek().find((each) => each.voice === voice)?.words.take(offset, token) ?? false;
  }

  snapshot(text: string): void {
    this.words.replace(afterSnapshot(this.words.text, text));
    if (this.words.text !== "") this.#speaks();
  }

  complete(text: string): void {
    this.words.replace(text);
    this.voices.value = (this.about.peek().details?.voices ?? []).map((each, voice) => ({
      voice,
      personaId: each.persona_id,
      personaName: each.persona_name,
      task: each.task,
      reason: each.reason,
      words: new GrowingText(each.text),
    }));
    this.phase.value = { state: "complete" };
  }

  abort(reason: string): void {
    this.words.replace("");
    this.voices.value = [];
    this.phase.value = { state: "aborted", reason };
  }

  #speaks(): void {
    if (this.phase.peek().state === "asking") this.phase.value = { state: "streaming" };
  }
}
