/**
 * Asks objects structured questions through their holographic forms: unbind, then cleanup. Every answer has a
 * similarity and a margin, and below the threshold that the codebook calibrates the answer is "I do not know".
 */
import {
  filler,
  type HologramOptions,
  noiseThreshold,
  type Planes,
  planes,
  role,
} from "../../vector/hypervector/mod.ts";
import { ArgumentError } from "../errors.ts";
import type { Json, ObjectContext, Slot } from "../object/mod.ts";
import type { World } from "../world/mod.ts";
import { Forms, spaceOf } from "./forms.ts";
import { type ImageCodebook, type Nearest, readCodebook } from "./image_codebook.ts";
import { ANSWERS_MAX, COMPARED_DIMENSIONS_MAX, HOPS_MAX, VALUE_SHOWN_MAX } from "./limits.ts";
import {
  type Answer,
  type Hop,
  type Question,
  type QuestionAnswer,
  showValue,
  translationOf,
} from "./question.ts";
import { translate } from "./translate.ts";

type Space = Required<HologramOptions>;

/** What one question is answered from. */
interface Scene {
  readonly space: Space;
  readonly book: ImageCodebook;
  readonly forms: Forms;
}

type Found = Pick<QuestionAnswer, "answers" | "hops" | "considered">;

export class Questions {
  readonly #world: World;
  readonly #kernel: () => Promise<Uint8Array<ArrayBuffer>>;
  #forms: Forms | null = null;
  #book: Promise<Scene> | null = null;
  #bookPosition = "";

  /** `kernel` reads the built `exact.wasm`. */
  constructor(world: World, kernel: () => Promise<Uint8Array<ArrayBuffer>>) {
    this.#world = world;
    this.#kernel = kernel;
  }

  /** @throws {ArgumentError} when the words fit no pattern, or what `ask` throws */
  askInWords(words: string): Promise<QuestionAnswer> {
    return this.ask(translate(words));
  }

  /** @throws {NotFoundError} for an object that is not there, {ArgumentError}, {UnavailableError} */
  async ask(question: Question): Promise<QuestionAnswer> {
    const scene = await this.#scene();
    const found = await this.#find(question, scene);
    return {
      question,
      translation: translationOf(question),
      position: scene.book.position,
      known: found.answers.length > 0,
      truncated: scene.book.truncated,
      ...found,
    };
  }

  /** The codebook as of now; one that is being read serves all who ask meanwhile. */
  #scene(): Promise<Scene> {
    const { position } = this.#world.store;
    if (this.#book !== null && this.#bookPosition === position) return this.#book;
    const reading = this.#read();
    reading.catch(() => {
      // Whoever asked hears of it; the next question reads anew.
      if (this.#book === reading) this.#book = null;
    });
    this.#book = reading;
    this.#bookPosition = position;
    return reading;
  }

  async #read(): Promise<Scene> {
    const space = await spaceOf(this.#world);
    this.#forms ??= new Forms(await this.#kernel());
    return { space, book: await readCodebook(this.#world, space), forms: this.#forms };
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
      if (context === null) return { answers: [], hops, considered: scene.book.fillers.size };
      const label: string = context.name ?? context.oid;
      const form: Planes | null = scene.forms.of(context, scene.space);
      const query = form === null ? null : planes.unbind(form, role(name, scene.space));
      const near = query === null ? null : scene.book.fillers.nearest(query);
      const slot = near === null ? null : scene.book.slots.get(near.name) ?? null;
      const text = slot === null ? null : await this.#show(slot);
      hops.push(hopOf(`what fills ${name} in ${label}`, near, text));
      answers = near?.known && slot !== null && text !== null
        ? [{ text, oid: slot.kind === "reference" ? slot.oid : null, ...figuresOf(near) }]
        : [];
      context = answers.length === 0 ? null : await this.#objectOf(slot!);
    }
    return { answers, hops, considered: scene.book.fillers.size };
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
    const near = form === null ? null : (await this.#vectorsOf(value, scene.space))
      .map((vector) => scene.book.roles.nearest(planes.unbind(form, vector)))
      .reduce((best, each) => (each?.similarity ?? -1) > (best?.similarity ?? -1) ? each : best);
    const first = hopOf(
      `what ${showValue(value)} is in ${source.name ?? source.oid}`,
      near,
      near?.name ?? null,
    );
    if (!near?.known) return { answers: [], hops: [first], considered: scene.book.roles.size };
    const filled = await this.#fills(to, [near.name], scene);
    return { ...filled, hops: [first, ...filled.hops] };
  }

  async #which(name: string, value: Json, scene: Scene): Promise<Found> {
    const { contexts } = scene.book;
    const dimensions = Math.min(scene.space.dimensions, COMPARED_DIMENSIONS_MAX);
    const space = { ...scene.space, dimensions };
    const pairs = (await this.#vectorsOf(value, space)).map((vector) =>
      planes.bind(role(name, space), vector)
    );
    const threshold = noiseThreshold(contexts.length * pairs.length, dimensions);
    const ranked = contexts.map((context) => {
      const form = scene.forms.of(context, space);
      const similarity = form === null ? 0 : Math.max(...pairs.map((pair) => planes.similarity(form, pair)));
      return { context, similarity };
    }).sort((left, right) => right.similarity - left.similarity);
    const known = ranked.filter(({ similarity }) => similarity >= threshold);
    const best = ranked[0] ?? null;
    const next = ranked[known.length]?.similarity ?? 0;
    const hop: Hop = {
      asked: `which objects have ${name} ⊛ ${showValue(value)}`,
      nearest: best === null ? null : best.context.name ?? best.context.oid,
      similarity: best?.similarity ?? 0,
      margin: Math.max(0, (best?.similarity ?? 0) - next),
      threshold,
      known: known.length > 0,
    };
    const answers = known.slice(0, ANSWERS_MAX).map(({ context, similarity }) => ({
      text: context.name ?? context.oid,
      oid: context.oid,
      similarity,
      margin: similarity - next,
    }));
    return { answers, hops: [hop], considered: contexts.length };
  }

  /** A value as a filler; a text that names an object may also be a reference to it. */
  async #vectorsOf(value: Json, space: Space): Promise<Planes[]> {
    const vectors = [filler({ kind: "data", value }, space)];
    const oid = typeof value === "string" ? await this.#world.find(value) : null;
    if (oid !== null) vectors.push(filler({ kind: "reference", oid }, space));
    return vectors;
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

const figuresOf = ({ similarity, margin }: Nearest) => ({ similarity, margin });

function hopOf(asked: string, near: Nearest | null, nearest: string | null): Hop {
  if (near === null) return { asked, nearest: null, similarity: 0, margin: 0, threshold: 0, known: false };
  const { similarity, margin, threshold, known } = near;
  return { asked, nearest, similarity, margin, threshold, known };
}
