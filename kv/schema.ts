/**
 * Opening and making the records that describe an image: its schema version, its id, its head and watermarks. An
 * older schema is brought up step by step through an ordered list without gaps; a newer one is refused.
 */
import { z } from "zod";
import { CorruptError, SchemaError } from "./errors.ts";
import { type Head, type HeadForm, readHead, sealHead, toHead } from "./head.ts";
import type { Horizon } from "./history.ts";
import { keys } from "./keys.ts";
import { isPosition, type Position, startOfEpoch } from "./position.ts";
import { open, seal } from "./sealed.ts";

/** One step: brings an image from schema `to - 1` to `to`; must be idempotent, as a crash repeats it. */
export interface Migration {
  readonly to: number;
  readonly run: (kv: Deno.Kv) => Promise<void>;
}

/** The steps of this program; the last one's `to` is the schema that it writes. */
export const migrations: readonly Migration[] = [];
const firstSchema = 1;

const schemaForm = z.object({ v: z.number().int().min(1) });
const imageForm = z.object({ v: z.literal(1), id: z.string().min(1), created: z.number() });
const horizonForm = z.object({
  v: z.literal(1),
  position: z.string().refine(isPosition),
  dropped: z.string().refine(isPosition).optional(),
});
const positionForm = z.object({ v: z.literal(1), position: z.string().refine(isPosition) });

export interface ImageRecords {
  readonly imageId: string;
  readonly head: Head;
  /** Version keys are written up to here. */
  readonly versionsWatermark: Position;
  readonly horizon: Horizon;
}

export interface OpenImageOptions {
  readonly clock: () => number;
  readonly newId: () => string;
  readonly steps?: readonly Migration[];
}

/** The schema that a list of steps ends with. @throws RangeError for a list with a gap or out of order. */
export function schemaAfter(steps: readonly Migration[]): number {
  steps.forEach((step, n) => {
    const expected = firstSchema + 1 + n;
    if (step.to !== expected) {
      throw new RangeError(`Migration ${n} must lead to schema ${expected}: it leads to ${step.to}`);
    }
  });
  return firstSchema + steps.length;
}

/**
 * Reads the image's records in one round trip, makes them in an empty store, migrates an older image.
 * @throws SchemaError for a newer image, CorruptError for one whose records do not validate.
 */
export async function openImage(kv: Deno.Kv, options: OpenImageOptions): Promise<ImageRecords> {
  const known = schemaAfter(options.steps ?? migrations);
  const [schema, head, image, versions, horizon] = await kv.getMany<unknown[]>([
    keys.schema(),
    keys.head(),
    keys.image(),
    keys.versionsWatermark(),
    keys.horizon(),
  ]);
  if (schema!.versionstamp === null) {
    await refuseForeign(kv);
    return await createImage(kv, known, options);
  }
  refuseUnsealed(schema!);
  const found = parse(schemaForm, schema!, "the schema of the image").v;
  if (found > known) throw new SchemaError(found, known);
  await migrate(kv, found, options.steps ?? migrations);
  const read = readHead(found < known ? await kv.get(keys.head()) : head!);
  return {
    imageId: parse(imageForm, image!, "the identity of the image").id,
    head: read,
    versionsWatermark: positionIn(versions!, "the watermark of the versions"),
    horizon: horizonIn(horizon!),
  };
}

/** The oldest position whose before-images are held. @throws CorruptError */
export async function readHorizon(kv: Deno.Kv): Promise<Position> {
  return horizonIn(await kv.get<unknown>(keys.horizon())).position;
}

/** The watermark of the versions and the horizon, as they stand now. @throws CorruptError */
export async function readBounds(kv: Deno.Kv): Promise<{ watermark: Position; horizon: Position }> {
  const [versions, horizon] = await kv.getMany<unknown[]>([keys.versionsWatermark(), keys.horizon()]);
  return {
    watermark: positionIn(versions!, "the watermark of the versions"),
    horizon: horizonIn(horizon!).position,
  };
}

function positionIn(entry: Deno.KvEntryMaybe<unknown>, what: string): Position {
  return entry.versionstamp === null ? startOfEpoch(1) : parse(positionForm, entry, what).position;
}

/** Unless a pruning was interrupted, everything before the horizon is dropped. */
function horizonIn(entry: Deno.KvEntryMaybe<unknown>): Horizon {
  if (entry.versionstamp === null) return { position: startOfEpoch(1), dropped: startOfEpoch(1) };
  const { position, dropped = position } = parse(horizonForm, entry, "the horizon");
  return { position, dropped };
}

function parse<T>(form: z.ZodType<T>, entry: Deno.KvEntryMaybe<unknown>, what: string): T {
  const found = form.safeParse(open(entry.key, entry.value, what));
  if (found.success) return found.data;
  throw new CorruptError(what, z.prettifyError(found.error), { key: entry.key });
}

/** No release wrote images without checksums; whoever has one is told. */
function refuseUnsealed({ key, value }: Deno.KvEntryMaybe<unknown>): void {
  const unsealed = schemaForm.safeParse(value);
  if (!unsealed.success) return;
  throw new CorruptError(
    "the image",
    "its values are stored without checksums, a form from before the first release",
    { key },
    undefined,
    "Move its folder away to begin a new image there.",
  );
}

async function refuseForeign(kv: Deno.Kv): Promise<void> {
  for await (const entry of kv.list({ prefix: [] }, { limit: 1 })) {
    throw new CorruptError(
      "the image",
      "it holds data but no schema: it is no image, or its records are lost",
      {
        key: entry.key,
      },
    );
  }
}

async function createImage(kv: Deno.Kv, schema: number, options: OpenImageOptions): Promise<ImageRecords> {
  const imageId = options.newId();
  const form: HeadForm = { v: 1, epoch: 1, at: 0, count: 0 };
  const made = await kv.atomic()
    .check({ key: keys.head(), versionstamp: null })
    .set(keys.head(), sealHead(form))
    .set(keys.schema(), seal({ v: schema }, keys.schema()))
    .set(keys.image(), seal({ v: 1, id: imageId, created: options.clock() }, keys.image()))
    .commit();
  if (!made.ok) return await openImage(kv, options);
  const start = startOfEpoch(1);
  return {
    imageId,
    head: toHead(form, made.versionstamp),
    versionsWatermark: start,
    horizon: { position: start, dropped: start },
  };
}

/** Runs the steps after `found`, recording each. */
export async function migrate(kv: Deno.Kv, found: number, steps: readonly Migration[]): Promise<void> {
  for (const step of steps.slice(found - firstSchema)) {
    await step.run(kv);
    await kv.set(keys.schema(), seal({ v: step.to }, keys.schema()));
  }
}
