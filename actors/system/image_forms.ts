/** What an image's values must look like, told to the store's `verify`, which knows keys and bytes only. */
import { z } from "zod";
import type { ImageForms, Key } from "../../kv/mod.ts";
import { ingestRecordSchema } from "../ingest/mod.ts";
import { parseSpaces } from "../memory/mod.ts";
import { restore } from "../object/mod.ts";
import { canvasesSchema, placeSchema } from "./morphs.ts";

const answeredSchema = z.object({ value: z.unknown(), thought: z.string() });

/** The forms of one image: what `meta` says of its embedding spaces is heard first. */
export function imageForms(): ImageForms {
  const dimensions = new Map<string, number>();
  return {
    object(oid, value) {
      const restored = restore(oid, value);
      if (!restored.ok) return restored.reason;
      const { name, parents } = restored.snapshot.context;
      return { name, parents };
    },
    check(key, value) {
      switch (key[0]) {
        case "meta":
          return checkMeta(String(key[1]), value, dimensions);
        case "morph":
          return key.length === 3 ? faultOf(placeSchema, value) : "its key must be [morph, canvas, oid]";
        case "vector":
          return checkVector(key, value, dimensions);
        case "idempotency":
          return faultOf(answeredSchema, value);
        default:
          return null;
      }
    },
  };
}

function checkMeta(name: string, value: unknown, dimensions: Map<string, number>): string | null {
  if (name === "canvases") return faultOf(canvasesSchema, value);
  if (name === "ingest") return faultOf(ingestRecordSchema, value);
  if (name !== "spaces") return null;
  try {
    for (const space of parseSpaces(value).known) dimensions.set(space.id, space.dimensions);
    return null;
  } catch (error) {
    if (error instanceof z.ZodError) return z.prettifyError(error);
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function checkVector(key: Key, value: unknown, dimensions: ReadonlyMap<string, number>): string | null {
  const [, space] = key;
  if (key.length !== 3 || typeof space !== "string") return "its key must be [vector, space, oid]";
  const expected = dimensions.get(space);
  if (expected === undefined) return `the image knows no embedding space "${space}"`;
  if (!(value instanceof Uint8Array)) return "it must be bytes";
  if (value.byteLength === expected * 4) return null;
  return `it must have ${expected} dimensions, which are ${expected * 4} bytes: it has ${value.byteLength}`;
}

function faultOf(schema: z.ZodType, value: unknown): string | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? null : z.prettifyError(parsed.error);
}
