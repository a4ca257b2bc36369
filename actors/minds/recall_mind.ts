/**
 * The mind without a model: it quotes the memories it is given, with their sources, and says plainly that no
 * model is there. It is always available, streams word by word, and never pretends to have thought.
 */
import { setImmediate } from "node:timers/promises";
import { MindError } from "./errors.ts";
import { recallQuoteCharsMax, recallQuotesMax, recallRelevanceMin } from "./limits.ts";
import type {
  GenerateRequest,
  LoadedModel,
  Mind,
  MindModel,
  MindProbe,
  MindToken,
  RecallHitLike,
} from "./mind.ts";

/** What stands where a model's name would. */
export const recallModel = "none";

export class RecallMind implements Mind {
  readonly name = "recall";

  probe(): Promise<MindProbe> {
    return Promise.resolve({ available: true, host: null, models: [] });
  }

  models(): Promise<MindModel[]> {
    return Promise.resolve([]);
  }

  loaded(): Promise<LoadedModel[]> {
    return Promise.resolve([]);
  }

  unload(): Promise<void> {
    return Promise.resolve();
  }

  async *generate(request: GenerateRequest): AsyncGenerator<MindToken> {
    const question = request.messages.findLast((each) => each.role === "user")?.content ?? "";
    const words = composeRecall(question, request.memories, request.note).match(/\s*\S+/g) ?? [];
    for (const token of words) {
      request.signal.throwIfAborted();
      yield { token };
      // Gives the event loop its turn, so that a cancel is heard between two words.
      await setImmediate();
    }
    yield { done: true, tokens: words.length, model: recallModel };
  }

  // deno-lint-ignore require-yield
  async *pull(model: string): AsyncGenerator<never> {
    throw new MindError("mind_unavailable", `Cannot pull "${model}" as no server of models is there`, {
      hint: "Start Ollama (`ollama serve`), or set OLLAMA_HOST to where it runs.",
      retryable: true,
      details: { model },
    });
  }
}

/** The memories that an answer to this question quotes; pure. */
export function quotedMemories(question: string, memories: readonly RecallHitLike[]): RecallHitLike[] {
  return relevantMemories(question, memories).slice(0, recallQuotesMax);
}

function relevantMemories(question: string, memories: readonly RecallHitLike[]): RecallHitLike[] {
  const asked = plain(question);
  // The question itself, remembered from an earlier time, answers nothing.
  const isNear = ({ cosine, score }: RecallHitLike) => (cosine ?? score) >= recallRelevanceMin;
  return memories.filter((each) => isNear(each) && plain(each.text) !== asked);
}

/** The whole answer, from the memories that are relevant; pure. */
export function composeRecall(question: string, memories: readonly RecallHitLike[], note?: string): string {
  const relevant = relevantMemories(question, memories);
  const why = note === undefined || note.trim() === "" ? "No model is there" : note.trim().replace(/\.$/, "");
  if (relevant.length === 0) {
    return `${why}, so I can only quote what I remember, and I remember nothing about this.`;
  }
  const quotes = relevant.slice(0, recallQuotesMax).map(quote);
  const more = relevant.length - quotes.length;
  return [
    `${why}, so I can only quote what I remember:`,
    ...quotes,
    ...(more > 0 ? [`And ${more} more ${more === 1 ? "memory" : "memories"} not quoted here.`] : []),
  ].join("\n\n");
}

function quote(memory: RecallHitLike): string {
  const day = new Date(memory.at).toISOString().slice(0, 10);
  const source = memory.source === null || memory.source === "" ? "no source given" : memory.source;
  return `“${shortened(memory.text.trim())}” (${source}, ${day})`;
}

/** Cut at a word, never inside a character. */
function shortened(text: string): string {
  if (text.length <= recallQuoteCharsMax) return text;
  const cut = text.slice(0, recallQuoteCharsMax).toWellFormed();
  const space = cut.search(/\s\S*$/);
  return `${(space > recallQuoteCharsMax / 2 ? cut.slice(0, space) : cut.replace(/\uFFFD$/, "")).trimEnd()}…`;
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}
