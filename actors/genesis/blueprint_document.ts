/**
 * A blueprint as a document: JSON that a person or a program writes, checked before anything is made of it. Personas
 * and memories have short forms of their own; everything becomes objects in the end.
 */
import { z } from "zod";
import { type DeclaredObject, declareObjects } from "./blueprint.ts";
import { BlueprintError } from "./blueprint_error.ts";
import { placeOf } from "./layout.ts";
import { newImageBlueprint } from "./new_image.ts";
import { isNestedDeeper, isTime, type Json, type ObjectContext } from "../object/mod.ts";
import { BLUEPRINT_DEPTH_MAX } from "./limits.ts";

/** Raised when a reader of the former format could not read what is written now. */
export const BLUEPRINT_FORMAT = 1;
const MAIN_CANVAS = "main";

const place = z.looseObject({ x: z.number(), y: z.number() });
const morphs = z.record(z.string().min(1), place).default({});
const slots = z.record(z.string(), z.unknown()).default({});
const method = z.union([
  z.string(),
  z.strictObject({ source: z.string(), doc: z.string().optional() }),
]);

const objectForm = z.strictObject({
  name: z.string().nullable().default(null),
  oid: z.string().optional(),
  created: z.number().refine(isTime, "it is no time").optional(),
  parents: z.array(z.string()).optional(),
  slots,
  /** Sources of methods, by selector: a shorter form of slots with `$method`. */
  methods: z.record(z.string(), method).default({}),
  morphs,
  /** As archives write it. */
  hypervector: z.custom<Json>((value) => value !== null).optional(),
});

const personaForm = z.strictObject({
  name: z.string(),
  role: z.string().optional(),
  prompt: z.string().optional(),
  model: z.string().optional(),
  vram_bytes: z.number().optional(),
  keep_alive: z.union([z.number(), z.string()]).optional(),
  options: z.record(z.string(), z.unknown()).optional(),
  morphs,
});

const memoryForm = z.strictObject({
  text: z.string().min(1),
  name: z.string().nullable().default(null),
  source: z.string().optional(),
  thread: z.string().optional(),
  author: z.string().optional(),
  /** When it happened, milliseconds since 1970; default: when the world is made. */
  at: z.number().refine(isTime, "it is no time").optional(),
  morphs,
});

const documentForm = z.strictObject({
  telos: z.literal("blueprint"),
  format: z.literal(BLUEPRINT_FORMAT),
  about: z.string().optional(),
  /** What it builds on: what every new image holds, or nothing. */
  base: z.enum(["new image", "nothing"]).default("new image"),
  canvases: z.array(z.string().min(1)).default([MAIN_CANVAS]),
  objects: z.array(objectForm).default([]),
  personas: z.array(personaForm).default([]),
  memories: z.array(memoryForm).default([]),
});
type Parsed = z.output<typeof documentForm>;

export interface DeclaredWorld {
  readonly objects: readonly {
    readonly context: ObjectContext;
    readonly morphs: Readonly<Record<string, z.output<typeof place>>>;
    readonly hypervector?: Json | undefined;
  }[];
  readonly canvases: readonly string[];
}

type Declared = DeclaredObject & {
  readonly morphs: z.output<typeof morphs>;
  readonly hypervector?: Json | undefined;
};

/**
 * The world that a document declares.
 * @param options `seed` is what the hypervector atoms are made from where the document builds on a new image
 * @throws {BlueprintError} naming the path
 */
export function declareWorld(
  document: unknown,
  options: { readonly now: number; readonly seed: string },
): DeclaredWorld {
  if (isNestedDeeper(document, BLUEPRINT_DEPTH_MAX)) {
    throw new BlueprintError("the document", `must be nested <= ${BLUEPRINT_DEPTH_MAX} deep`);
  }
  const parsed = documentForm.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BlueprintError(pathOf(issue.path), `is wrong: ${issue.message}`);
  }
  const declared = merged(baseOf(parsed.data, options.seed), partsOf(parsed.data, options.now));
  if (!declared.some(({ name }) => name === "genesis")) {
    throw new BlueprintError(
      "objects",
      'must hold "genesis", the root of everything, where base is "nothing"',
    );
  }
  const contexts = declareObjects(declared, options.now);
  return {
    canvases: parsed.data.canvases,
    objects: contexts.map((context, at) => {
      const { morphs, hypervector } = declared[at]!;
      return { context, morphs, ...(hypervector === undefined ? {} : { hypervector }) };
    }),
  };
}

/** What every new image holds, with where it stands. */
function baseOf({ base }: Parsed, seed: string): Declared[] {
  if (base === "nothing") return [];
  return newImageBlueprint(seed).map((object) => {
    const at = placeOf(object.name);
    return {
      ...object,
      morphs: at === undefined ? {} : { [MAIN_CANVAS]: at },
      path: `the new image's ${object.name}`,
    };
  });
}

function partsOf(
  { objects, personas, memories }: Parsed,
  now: number,
): (Declared & { readonly isBare: boolean })[] {
  return [
    ...objects.map(({ methods, parents, ...object }, index) => ({
      ...object,
      parents: parents ?? ["genesis"],
      isBare: parents === undefined,
      slots: { ...object.slots, ...methodSlots(methods) },
      path: `objects[${index}]`,
    })),
    ...personas.map(({ name, morphs, ...slots }, index) => ({
      name,
      parents: ["persona_prototype"],
      isBare: true,
      slots: present(slots),
      morphs,
      path: `personas[${index}]`,
    })),
    ...memories.map(({ name, morphs, text, at, ...slots }, index) => ({
      name,
      parents: ["context_fractal_prototype"],
      isBare: false,
      slots: { text_chunk: text, creation_timestamp: at ?? now, ...present(slots) },
      morphs,
      path: `memories[${index}]`,
    })),
  ];
}

/** An object with the name of one of the base changes that one: its slots, its place, and its parents where given. */
function merged(
  base: readonly Declared[],
  parts: readonly (Declared & { readonly isBare: boolean })[],
): Declared[] {
  const all = [...base];
  const changed = new Set<string>();
  for (const { isBare, ...part } of parts) {
    const at = base.findIndex(({ name }) => name !== null && name === part.name);
    const known = all[at];
    if (known === undefined) all.push(part.name === "genesis" && isBare ? { ...part, parents: [] } : part);
    else {
      if (changed.has(known.name!)) {
        throw new BlueprintError(`${part.path}.name`, `"${known.name}" stands there twice`);
      }
      changed.add(known.name!);
      all[at] = {
        ...known,
        ...part,
        parents: isBare ? known.parents : part.parents,
        slots: { ...known.slots, ...part.slots },
        morphs: { ...known.morphs, ...part.morphs },
      };
    }
  }
  return all;
}

function methodSlots(methods: Parsed["objects"][number]["methods"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(methods).map(([selector, given]) => {
      const { source, doc } = typeof given === "string" ? { source: given, doc: undefined } : given;
      return [selector, { $method: source, ...(doc === undefined ? {} : { doc }) }];
    }),
  );
}

function present(slots: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(slots).filter(([, value]) => value !== undefined));
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("");
  return text === "" ? "the document" : text.replace(/^\./, "");
}
