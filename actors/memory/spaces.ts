/** Which embedding spaces an image knows, and which of them serves: stored, so that vectors never lose their meaning. */
import { z } from "zod";
import { keys, type Store, type Thought } from "../../kv/mod.ts";
import type { EmbeddingSpace } from "../../vector/mod.ts";

export const spaceSchema = z.object({
  id: z.string().min(1),
  model: z.string(),
  revision: z.string(),
  dimensions: z.number().int().positive(),
  pooling: z.enum(["mean", "hash"]),
  normalized: z.literal(true),
});
const spacesSchema = z.object({
  active: z.string(),
  known: z.array(spaceSchema),
});

/** `known` are all spaces that may hold rows, the one that serves among them. */
export interface StoredSpaces {
  readonly active: EmbeddingSpace;
  readonly known: readonly EmbeddingSpace[];
}

export const SPACES = keys.meta("spaces");

/** Null in an image that has no memory yet. */
export async function readSpaces(store: Store): Promise<StoredSpaces | null> {
  const entry = await store.get<unknown>(SPACES);
  return entry === null ? null : parseSpaces(entry.value);
}

/** The spaces with one more that is known. */
export function withKnown(spaces: StoredSpaces, space: EmbeddingSpace): StoredSpaces {
  const known = spaces.known.some(({ id }) => id === space.id) ? spaces.known : [...spaces.known, space];
  return { active: spaces.active, known };
}

/** The spaces with another that serves. */
export function withActive(spaces: StoredSpaces | null, space: EmbeddingSpace): StoredSpaces {
  return spaces === null
    ? { active: space, known: [space] }
    : { active: space, known: withKnown(spaces, space).known };
}

/**
 * Makes a thought depend on the spaces, as they are known here: should they change before it is decided, it runs again.
 */
export function dependOnSpaces(thought: Thought, spaces: StoredSpaces | null): void {
  thought.adopt(SPACES, spaces === null ? null : storedSpaces(spaces));
}

/** What stands under the key that the spaces have. */
export function storedSpaces({ active, known }: StoredSpaces) {
  return { active: active.id, known };
}

export interface SpacesChange {
  readonly to: StoredSpaces;
  readonly why: string;
  /** Looks, within the thought, whether it may be; throws when not. */
  readonly check?: (thought: Thought) => Promise<void>;
  /** Told the id of the thought before it can be decided. */
  readonly onThought: (id: string) => void;
}

/** Writes the spaces, in one thought. */
export async function writeSpaces(store: Store, change: SpacesChange): Promise<void> {
  await store.commit({ who: "memory", why: change.why, kind: "maintenance" }, async (thought) => {
    await change.check?.(thought);
    change.onThought(thought.id);
    thought.set(SPACES, storedSpaces(change.to));
  });
}

/** Reads what is stored. @throws {z.ZodError} for another form, {RangeError} when the active space is not among them */
export function parseSpaces(value: unknown): StoredSpaces {
  const { active, known } = spacesSchema.parse(value);
  const found = known.find(({ id }) => id === active);
  if (found === undefined) {
    throw new RangeError(`The image's active embedding space "${active}" is not among those it knows`);
  }
  return { active: found, known };
}
