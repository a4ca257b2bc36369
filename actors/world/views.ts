/** How an object is shown: whole, as the inspector wants it, or as the few words that a morph needs. */
import type { Position } from "../../kv/mod.ts";
import { NotFoundError } from "../errors.ts";
import {
  type ContextOf,
  type Effect,
  type Json,
  linearize,
  lookup,
  type ObjectContext,
  type Provenance,
  slotToWire,
} from "../object/mod.ts";
import { CAPTION_LENGTH_MAX } from "./limits.ts";
import type { NativeTable } from "./receiver.ts";
import { PastObjects } from "./past_objects.ts";
import { resolveAsOf } from "./resolve_as_of.ts";
import type { World } from "./world.ts";

export interface MethodView {
  kind: "native" | "image";
  source?: string;
  native?: string;
  doc?: string;
  readOnly?: boolean;
  effects?: Effect[];
  examples?: number;
  provenance?: Provenance;
}

/** The shape that `ui/protocol.ts` calls ObjectView. */
export interface ObjectView {
  oid: string;
  name: string | null;
  parents: string[];
  slots: Record<string, Json>;
  methods: Record<string, MethodView>;
  position: string | null;
  versionstamp: string | null;
  state: "active" | "passive" | "quarantined";
  reason: string | null;
  chain: { oid: string; name: string | null }[];
  createdAt: number;
}

/** The shape that `ui/protocol.ts` calls ObjectSummary. */
export interface ObjectSummary {
  oid: string;
  name: string | null;
  parents: string[];
  look: string;
  caption: string;
  position: string | null;
  state: "active" | "passive" | "quarantined";
}

/** The object as it is now. @throws {NotFoundError} */
export async function viewObject(world: World, name: string): Promise<ObjectView> {
  const oid = await world.resolve(name);
  const position = await world.positionOf(oid);
  const chain = await world.look((contextOf) => linearize(oid, contextOf).map((each) => contextOf(each)!));
  const context = chain[0];
  if (context === undefined) throw new NotFoundError(name);
  return toView(context, chain, position, world.natives);
}

/** The object that had the name at a position, as it was then. @throws {NotFoundError} when it did not exist then */
export async function viewObjectAsOf(world: World, name: string, asOf: Position): Promise<ObjectView> {
  const past = new PastObjects(world.store, asOf);
  const oid = await resolveAsOf(world, name, asOf);
  const context = await past.read(oid);
  if (context === null) throw new NotFoundError(name, "object", asOf);
  const { contextOf } = past;
  const chain = linearize(oid, contextOf).map((each) => contextOf(each)!);
  return toView(context, chain, asOf, world.natives);
}

function toView(
  context: ObjectContext,
  chain: readonly ObjectContext[],
  position: string | null,
  natives: NativeTable,
): ObjectView {
  const slots: ObjectView["slots"] = {};
  const methods: ObjectView["methods"] = {};
  for (const [name, slot] of Object.entries(context.slots)) {
    if (slot.kind === "method") {
      methods[name] = {
        kind: "image",
        source: slot.source,
        ...(slot.doc === undefined ? {} : { doc: slot.doc }),
        ...(slot.effects === undefined ? {} : { effects: [...slot.effects] }),
        ...(slot.examples === undefined ? {} : { examples: slot.examples.length }),
        ...(slot.provenance === undefined ? {} : { provenance: slot.provenance }),
      };
    } else if (slot.kind === "native") {
      const native = natives.get(slot.native);
      methods[name] = {
        kind: "native",
        native: slot.native,
        doc: native?.doc ?? "This program does not have it.",
        readOnly: native?.effect === "read",
      };
    } else slots[name] = slotToWire(slot);
  }
  return {
    oid: context.oid,
    name: context.name,
    parents: [...context.parents],
    slots,
    methods,
    position,
    versionstamp: position === null ? null : position.split("-")[1]!,
    state: context.reason === null ? "active" : "quarantined",
    reason: context.reason,
    chain: chain.map(({ oid, name }) => ({ oid, name })),
    createdAt: context.createdAt,
  };
}

/** What a morph shows of an object; null when it is gone. */
export async function summarize(world: World, oid: string): Promise<ObjectSummary | null> {
  const resident = await world.registry.load(oid);
  if (resident === null) return null;
  const { context, position } = resident;
  const look = await world.look((contextOf) => lookOf(oid, contextOf));
  return toSummary(context, look, position);
}

/** What a morph showed of an object at a position; null when it was not there. */
export async function summarizeAsOf(past: PastObjects, oid: string): Promise<ObjectSummary | null> {
  const context = await past.read(oid);
  if (context === null) return null;
  // What a look refers to need not be an ancestor.
  const look = lookup(oid, "look", past.contextOf)?.slot;
  if (look?.kind === "reference") await past.read(look.oid);
  return toSummary(context, lookOf(oid, past.contextOf), past.position);
}

function lookOf(oid: string, contextOf: ContextOf): string {
  const found = lookup(oid, "look", contextOf);
  return found?.slot.kind === "reference" ? contextOf(found.slot.oid)?.name ?? "morph" : "morph";
}

function toSummary(context: ObjectContext, look: string, position: string | null): ObjectSummary {
  return {
    oid: context.oid,
    name: context.name,
    parents: [...context.parents],
    look,
    caption: caption(context),
    position,
    state: context.reason === null ? "active" : "quarantined",
  };
}

const CAPTION_SLOTS = ["text_chunk", "definition_text", "question", "doc", "role", "text"];

function caption(context: ObjectContext): string {
  if (context.reason !== null) return context.reason.slice(0, CAPTION_LENGTH_MAX);
  for (const name of CAPTION_SLOTS) {
    const slot = context.slots[name];
    if (slot?.kind === "data" && typeof slot.value === "string" && slot.value !== "") return clip(slot.value);
  }
  const shown = Object.entries(context.slots).flatMap(([name, slot]) =>
    slot.kind === "data" ? [`${name} ${JSON.stringify(slot.value)}`] : []
  );
  return clip(shown.join(" · "));
}

function clip(text: string): string {
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length <= CAPTION_LENGTH_MAX ? line : line.slice(0, CAPTION_LENGTH_MAX - 1) + "…";
}
