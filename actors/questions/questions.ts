/**
 * Asks objects structured questions through their holographic forms: unbind, then cleanup. Every answer has a
 * similarity and a margin, and below the threshold that the codebook calibrates the answer is "I do not know".
 */
import { fillerPhases, type Planes, planes, role } from "../../vector/hypervector/mod.ts";
import { ArgumentError } from "../errors.ts";
import type { Json, ObjectContext, Slot } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import type { Nearest, NearestFiller, Space } from "./codebook_messages.ts";
import { Forms, hologramSlot, spaceOf } from "./forms.ts";
import { type CodebookParts, ImageCodebook, type Scene as BookScene } from "./image_codebook.ts";
import { ANSWERS_MAX, HOPS_MAX, VALUE_SHOWN_MAX } from "./limits.ts";
import {
  type Answer,
  type Hop,
  type Question,
  type QuestionAnswer,
  showValue,
  translationOf,
  type Translator,
} from "./question.ts";
import { type AskPersona, translateWords } from "./translator.ts";

/** What one question is answered from. */
interface Scene extends BookScene {
  readonly space: Space;
  readonly forms: Forms;
}

type Found = Pick<QuestionAnswer, "answers" | "hops" | "considered">;

export interface QuestionsParts extends CodebookParts {
  /** Asks a persona's mind. @throws where there is no persona, or its mind fails */
  readonly askPersona: AskPersona;
}

const BY_A_PERSON: Translator = { by: "person", persona: null, model: null, note: null };

export class Questions {
  readonly #world: World;
  readonly #parts: QuestionsParts;
  readonly #codebook: ImageCodebook;
  #forms: Forms | null = null;

  constructor(world: World, parts: QuestionsParts) {
    this.#world = world;
    this.#parts = parts;
    this.#codebook = new ImageCodebook(world, parts);
  }

  /** @throws {ArgumentError} when nobody can make a question of the words, or what `ask` throws */
  async askInWords(words: string, signal?: AbortSignal): Promise<QuestionAnswer> {
    const { question, translator } = await translateWords(
      this.#world,
      this.#parts.askPersona,
      words,
      signal,
    );
    return await this.ask(question, translator);
  }

  /** @throws {NotFoundError} for an object that is not there, {ArgumentError}, {UnavailableError} */
  async ask(question: Question, translator: Translator = BY_A_PERSON): Promise<QuestionAnswer> {
    const space = await spaceOf(this.#world);
    const { book, position, truncated } = await this.#codebook.now(space);
    this.#forms ??= new Forms(await this.#parts.kernel());
    const scene = { book, position, truncated, space, forms: this.#forms };
    const found = await this.#find(question, scene);
    return {
      question,
      translator,
      translation: translationOf(question),
      position,
      known: found.answers.length > 0,
      truncated,
      ...found,
    };
  }

  /** Ends the worker; what is being asked is refused. */
  close(): void {
    this.#codebook.close();
  }

  #find(question: Question, scene: Scene): Promise<Found> {
    switch (question.ask) {
      case "fills":
        return this.#fills(question.object, question.roles, scene);
      case "analogy":
        return this.#analogy(question, scene);
      case "which":
        return this.#which(question.role, question.value, scene);
    }
  }

  async #fills(object: string, roles: readonly string[], scene: Scene): Promise<Found> {
    if (roles.length === 0 || roles.length > HOPS_MAX) {
      throw new ArgumentError(
        `A question must have from 1 to ${HOPS_MAX} roles: this one has ${roles.length}`,
        "Ask in parts.",
      );
    }
    const hops: Hop[] = [];
    let context: ObjectContext | null = await this.#world.context(object);
    let answers: Answer[] = [];
    for (const name of roles) {
      if (context === null) return { answers: [], hops, considered: scene.book.figures.fillers };
      const label: string = context.name ?? context.oid;
      const form: Planes | null = scene.forms.of(context, scene.space);
      const query = form === null ? null : planes.unbind(form, role(name, scene.space));
      const near: NearestFiller | null = query === null
        ? null
        : await scene.book.nearestFiller(query, leastOf(context));
      const slot: Slot | null = near?.slot ?? null;
      const text = slot === null ? null : await this.#show(slot);
      hops.push(hopOf(`what fills ${name} in ${label}`, near, text));
      answers = near?.known && slot !== null && text !== null
        ? [{ text, oid: slot.kind === "reference" ? slot.oid : null, ...figuresOf(near) }]
        : [];
      context = answers.length === 0 ? null : await this.#objectOf(slot!);
    }
    return { answers, hops, considered: scene.book.figures.fillers };
  }

  /** First the role that the value fills in `from`, then what fills that role in `to`. */
  async #analogy(
    { to, value, from }: Extract<Question, { readonly ask: "analogy" }>,
    scene: Scene,
  ): Promise<Found> {
    const source = await this.#world.context(from);
    // One that is not there is told before anything is asked.
    await this.#world.context(to);
    const form = scene.forms.of(source, scene.space);
    const near = form === null ? null : await this.#roleOf(value, { form, least: leastOf(source) }, scene);
    const first = hopOf(
      `what ${showValue(value)} is in ${source.name ?? source.oid}`,
      near,
      near?.name ?? null,
    );
    if (!near?.known) return { answers: [], hops: [first], considered: scene.book.figures.roles };
    const filled = await this.#fills(to, [near.name], scene);
    return { ...filled, hops: [first, ...filled.hops] };
  }

  /** The role that the value fills in a form. */
  async #roleOf(
    value: Json,
    { form, least }: { readonly form: Planes; readonly least: number },
    { book, space }: Scene,
  ) {
    const found = await Promise.all(
      (await this.#slotsOf(value)).map((slot) =>
        book.nearestRole(
          planes.unbind(form, planes.fromPhases8(fillerPhases(hologramSlot(slot), space))),
          least,
        )
      ),
    );
    return found.reduce((best, each) => (each?.similarity ?? -1) > (best?.similarity ?? -1) ? each : best);
  }

  async #which(name: string, value: Json, { book }: Scene): Promise<Found> {
    const { threshold, ranked } = await book.holders(name, await this.#slotsOf(value));
    const known = ranked.filter(({ similarity }) => similarity >= threshold);
    const best = ranked[0] ?? null;
    const next = ranked[known.length]?.similarity ?? 0;
    const hop: Hop = {
      asked: `which objects have ${name} ⊛ ${showValue(value)}`,
      nearest: best === null ? null : best.name ?? best.oid,
      similarity: best?.similarity ?? 0,
      margin: Math.max(0, (best?.similarity ?? 0) - next),
      threshold,
      known: known.length > 0,
    };
    const answers = known.slice(0, ANSWERS_MAX).map((holder) => ({
      text: holder.name ?? holder.oid,
      oid: holder.oid,
      similarity: holder.similarity,
      margin: holder.similarity - next,
    }));
    return { answers, hops: [hop], considered: book.figures.objects };
  }

  /** What a value may stand as; a text that names an object may also be a reference to it. */
  async #slotsOf(value: Json): Promise<Slot[]> {
    const oid = typeof value === "string" ? await this.#world.find(value) : null;
    const slots: Slot[] = [{ kind: "data", value }];
    return oid === null ? slots : [...slots, { kind: "reference", oid }];
  }

  async #show(slot: Slot): Promise<string> {
    if (slot.kind === "reference") return (await this.#objectOf(slot))?.name ?? slot.oid;
    return textOf(slot).slice(0, VALUE_SHOWN_MAX);
  }

  /** The object that a filler is or names, or null. */
  async #objectOf(slot: Slot): Promise<ObjectContext | null> {
    const name = slot.kind === "reference"
      ? slot.oid
      : slot.kind === "data" && typeof slot.value === "string"
      ? slot.value
      : null;
    const oid = name === null ? null : await this.#world.find(name);
    return oid === null ? null : await this.#world.context(oid);
  }
}

function textOf(slot: Exclude<Slot, { readonly kind: "reference" }>): string {
  switch (slot.kind) {
    case "data":
      return showValue(slot.value);
    case "method":
      return slot.source;
    case "native":
      return slot.native;
  }
}

/** What stands in a form of n slots is like what is read out of it by 1 / √n; a fifth less is not it. */
const leastOf = ({ slots }: ObjectContext) => 0.8 / Math.sqrt(Math.max(1, Object.keys(slots).length));

const figuresOf = ({ similarity, margin }: Nearest) => ({ similarity, margin });

function hopOf(asked: string, near: Nearest | null, nearest: string | null): Hop {
  if (near === null) return { asked, nearest: null, similarity: 0, margin: 0, threshold: 0, known: false };
  const { similarity, margin, threshold, known } = near;
  return { asked, nearest, similarity, margin, threshold, known };
}
