/**
 * The stored form of an object: which machine, which version of it, and the machine's own persisted snapshot. It is
 * validated on the way in. What does not validate is never replaced by something fresh: the caller learns why, and
 * the bytes stay as they are.
 */
import { createActor, type SnapshotFrom } from "xstate";
import { z } from "zod";
import { inertScope } from "./inert_scope.ts";
import { type ObjectContext, type ObjectEvent, type ObjectMachine, objectMachine } from "./object_machine.ts";
import { slotSchema } from "./slot.ts";

/** Raised with each change of the stored form; each raise adds one step to `MIGRATIONS`. */
export const OBJECT_VERSION = 1;

/** `MIGRATIONS[n]` turns version n + 1 into version n + 2, so that the list can have no gap. */
const MIGRATIONS: readonly ((snapshot: unknown) => unknown)[] = [];

export type ObjectSnapshot = SnapshotFrom<ObjectMachine>;

const contextSchema = z.object({
  oid: z.string(),
  name: z.string().nullable(),
  parents: z.array(z.string()),
  slots: z.record(z.string(), slotSchema),
  createdAt: z.number(),
  reason: z.string().nullable(),
});
const envelopeSchema = z.object({
  machine: z.literal("object"),
  version: z.number().int().min(1),
  snapshot: z.unknown(),
});
const snapshotSchema = z.object({
  status: z.literal("active"),
  value: z.enum(["active", "passive", "quarantined"]),
  context: contextSchema,
});

/** What stands under `["object", oid]`. */
export interface PersistedObject {
  readonly machine: "object";
  readonly version: number;
  readonly snapshot: { readonly status: "active"; readonly value: string; readonly context: ObjectContext };
}

export type Restored =
  | { readonly ok: true; readonly snapshot: ObjectSnapshot; readonly persisted: PersistedObject }
  | { readonly ok: false; readonly reason: string };

/** Every object begins alike, its context apart: computing that anew costs more than all else about making one. */
const beginning = objectMachine.getInitialSnapshot(inertScope, {
  oid: "",
  name: null,
  parents: [],
  slots: {},
  createdAt: 0,
  reason: null,
});

/** The snapshot of an object that has just been made. */
export function createSnapshot(context: ObjectContext): ObjectSnapshot {
  return { ...beginning, context };
}

/** The state after `event`, computed without touching any live actor. */
export function nextSnapshot(snapshot: ObjectSnapshot, event: ObjectEvent): ObjectSnapshot {
  return objectMachine.transition(snapshot, event, inertScope);
}

/** The stored form of a snapshot: the part of XState's persisted snapshot that this machine uses. */
export function persist(snapshot: ObjectSnapshot): PersistedObject {
  return {
    machine: "object",
    version: OBJECT_VERSION,
    snapshot: { status: "active", value: snapshot.value as string, context: snapshot.context },
  };
}

/** Reads a stored form. Never throws: what cannot be read comes back with the reason in words. */
export function restore(oid: string, stored: unknown): Restored {
  const envelope = envelopeSchema.safeParse(stored);
  if (!envelope.success) return refuse("its stored form is not an object's", envelope.error);
  let { version, snapshot: raw } = envelope.data;
  if (version > OBJECT_VERSION) {
    return {
      ok: false,
      reason:
        `it was written by version ${version} of the object machine; this program knows ${OBJECT_VERSION}`,
    };
  }
  for (; version < OBJECT_VERSION; version++) raw = MIGRATIONS[version - 1]!(raw);
  const parsed = snapshotSchema.safeParse(raw);
  if (!parsed.success) return refuse("its snapshot does not validate", parsed.error);
  if (parsed.data.context.oid !== oid) {
    return { ok: false, reason: `it is stored under ${oid} and says it is ${parsed.data.context.oid}` };
  }
  const persisted = {
    machine: "object" as const,
    version: OBJECT_VERSION,
    snapshot: parsed.data as PersistedObject["snapshot"],
  };
  const resolved = objectMachine.resolveState({
    value: parsed.data.value,
    context: persisted.snapshot.context,
  });
  return { ok: true, snapshot: resolved, persisted };
}

function refuse(what: string, error: z.ZodError): Restored {
  const issue = error.issues[0]!;
  return { ok: false, reason: `${what}: ${issue.path.join(".") || "it"}: ${issue.message}` };
}

/** A live root actor that begins at `snapshot`. */
export function startObject(snapshot: ObjectSnapshot) {
  return createActor(objectMachine, { snapshot, input: snapshot.context }).start();
}

export type ObjectActor = ReturnType<typeof startObject>;
