/**
 * The answers of an image in memory: they stream, they can be stopped, and one that is whole is committed. Also its
 * recall, which counts common words.
 */
import { v7 } from "uuid";
import { NotFoundError } from "../../actors/errors.ts";
import { type Command, defaultThread, type LiveEvent, type RecallHit } from "../../ui/protocol.ts";
import type { MemoryImage } from "./memory_image.ts";

type Snapshot = LiveEvent & { command: "ANSWER_SNAPSHOT" };
type About = Omit<Snapshot, "command" | "offset" | "text">;
export type ExchangeDetail = About & { readonly full_text: string };

/** Where tokens come from. */
export type MemoryMind = (question: string, memories: readonly RecallHit[]) => AsyncIterable<string>;

interface Running {
  readonly about: About;
  readonly controller: AbortController;
  text: string;
}

export class MemoryAnswers {
  readonly #image: MemoryImage;
  readonly #tell: (event: LiveEvent) => void;
  readonly #mind: MemoryMind;
  readonly #running = new Map<string, Running>();

  constructor(image: MemoryImage, tell: (event: LiveEvent) => void, mind: MemoryMind) {
    this.#image = image;
    this.#tell = tell;
    this.#mind = mind;
  }

  ask(query: Command & { command: "USER_QUERY_REQUEST" }): string {
    const persona = this.#image.find(query.personas?.[0] ?? query.persona ?? "ALFRED");
    const about = {
      answer: v7(),
      persona_id: persona.oid,
      persona_name: persona.name ?? persona.oid,
      query_text: query.query_text,
      thread: query.thread ?? defaultThread,
      mind: "recall",
      reason: (query.personas ?? query.persona) === undefined ? "the default" : "it was named",
      memories: recallByWords(this.#image, query.query_text, 5),
    };
    const running = { about, controller: new AbortController(), text: "" };
    this.#running.set(about.answer, running);
    this.#tell({ command: "ANSWER_STARTED", ...about });
    this.#stream(running).catch((error) => this.#abort(running, String(error)));
    return about.answer;
  }

  cancel(answer: string): void {
    const running = this.#running.get(answer);
    if (running === undefined) throw new NotFoundError(answer, "running answer");
    running.controller.abort("the person stopped it");
  }

  snapshots(): Snapshot[] {
    return [...this.#running.values()].map(({ about, text }) => ({
      command: "ANSWER_SNAPSHOT",
      ...about,
      text,
      offset: text.length,
    }));
  }

  close(): void {
    for (const { controller } of this.#running.values()) controller.abort("the image was closed");
  }

  async #stream(running: Running): Promise<void> {
    const { about: { answer, persona_id, query_text, memories }, controller } = running;
    for await (const token of this.#mind(query_text, memories)) {
      if (controller.signal.aborted) break;
      const offset = running.text.length;
      running.text += token;
      this.#tell({ command: "PERSONA_RESPONSE_PARTIAL", answer, persona_id, token, offset });
    }
    if (controller.signal.aborted) this.#abort(running, String(controller.signal.reason));
    else this.#complete(running);
  }

  #abort({ about: { answer } }: Running, reason: string): void {
    this.#running.delete(answer);
    this.#tell({ command: "ANSWER_ABORTED", answer, reason });
  }

  #complete({ about, text }: Running): void {
    this.#running.delete(about.answer);
    const prototype = this.#image.find("context_fractal_prototype").oid;
    const detail: Record<string, unknown> = { ...about, full_text: text };
    const words = { who: about.persona_name, why: about.query_text, kind: "exchange", detail };
    this.#image.commit(words, (draft) => {
      const slots = { text_chunk: `${about.query_text}\n${text}`, source_oid: null };
      this.#image.make(draft, null, [prototype], slots);
    });
  }
}

/** The memories that share most words with a text, relative to the number of words of both. */
export function recallByWords(image: MemoryImage, q: string, k: number): RecallHit[] {
  const wanted = new Set(wordsOf(q));
  return image.objects.values()
    .filter(({ slots }) => typeof slots.text_chunk === "string" && slots.text_chunk !== "")
    .map(({ oid, slots, createdAt }) => {
      const text = String(slots.text_chunk);
      const has = new Set(wordsOf(text));
      const score = wanted.intersection(has).size / Math.sqrt(Math.max(1, wanted.size * has.size));
      const source = slots.source_oid === null ? null : String(slots.source_oid);
      const reasons = [{ name: "meaning" as const, value: score, weight: 1, points: score }];
      const found = { score, cosine: score, bm25: null, channels: ["meaning" as const], reasons };
      return { oid, text, ...found, tier: "L1" as const, source, at: createdAt };
    })
    .filter(({ score }) => score > 0).toArray()
    .sort((a, b) => b.score - a.score).slice(0, k);
}

/** The best memory, word by word. */
export async function* quote(_question: string, memories: readonly RecallHit[]): AsyncGenerator<string> {
  const best = memories[0];
  const text = best === undefined ? "I remember nothing of that." : `I remember: ${best.text}`;
  for (const word of text.split(/(?<= )/)) {
    await Promise.resolve();
    yield word;
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
