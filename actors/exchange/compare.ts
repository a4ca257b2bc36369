/**
 * What becomes of each object of an archive in an image that has objects of its own: it is new, it is there already,
 * or it conflicts. Pure, over what the image is found to hold.
 */
import { createHash } from "node:crypto";
import type { ObjectContext } from "../object/mod.ts";
import { redirect } from "./closure.ts";
import { exactJson } from "./json.ts";

export type OnConflict = "refuse" | "skip" | "theirs" | "copy";

export interface Conflict {
  /** As in the archive. */
  readonly oid: string;
  readonly name: string | null;
  /** What to call it before a person. */
  readonly label: string;
  readonly kind: "content" | "name";
  /** The object of the image that it conflicts with. */
  readonly with: string;
  /** What differs: slots by name, or `name`, `parents`, `created`. */
  readonly differs: readonly string[];
  readonly reason: string;
}

/** What the image holds of the objects and the names of an archive. */
export interface Found {
  readonly objects: ReadonlyMap<string, ObjectContext>;
  readonly holders: ReadonlyMap<string, ObjectContext>;
}

/** An object to be written: `context` is as it will be; `from` its oid in the archive. */
export interface Placed {
  readonly from: string;
  readonly context: ObjectContext;
  readonly fate: "made" | "replaced" | "copied";
  /** Whether it takes a free name like the one that it has. */
  readonly numbered: boolean;
}

export interface Merge {
  readonly placed: readonly Placed[];
  readonly same: number;
  readonly conflicts: readonly Conflict[];
}

/** @param theirs the objects of the archive */
export function mergeOf(theirs: readonly ObjectContext[], found: Found, onConflict: OnConflict): Merge {
  const mapping = mappingByName(theirs, found);
  const to = (oid: string) => mapping.get(oid) ?? oid;
  const judged = new Map<ObjectContext, Conflict | "same" | null>();
  for (const context of theirs) judged.set(context, conflictOf(context, found, to));
  if (onConflict === "copy") judgeCopies(judged, found, mapping);
  const all = [...judged];
  return {
    placed: all.flatMap(([context, conflict]) =>
      conflict === "same"
        ? []
        : placedAs(redirect(context, to), { conflict, onConflict, found, oid: to(context.oid) })
    ),
    same: all.filter(([, conflict]) => conflict === "same").length,
    conflicts: all.flatMap(([, conflict]) => conflict === null || conflict === "same" ? [] : [conflict]),
  };
}

/** What has the name of an object of the archive stands for that object. */
function mappingByName(theirs: readonly ObjectContext[], { objects, holders }: Found): Map<string, string> {
  const mapping = new Map<string, string>();
  for (const { oid, name } of theirs) {
    const holder = name === null ? undefined : holders.get(name);
    if (holder !== undefined && holder.oid !== oid && !objects.has(oid)) mapping.set(oid, holder.oid);
  }
  return mapping;
}

/**
 * References lead to the copies; an object that is here already as it is with those, from an earlier import, is no
 * conflict, and leads nobody to a copy of its own.
 */
function judgeCopies(
  judged: Map<ObjectContext, Conflict | "same" | null>,
  found: Found,
  mapping: Map<string, string>,
): void {
  const to = (oid: string) => mapping.get(oid) ?? oid;
  let open = [...judged].filter(([, conflict]) => conflict !== null && conflict !== "same") as [
    ObjectContext,
    Conflict,
  ][];
  for (const [context, { kind }] of open) {
    mapping.set(context.oid, kind === "name" ? context.oid : copyOid(context));
  }
  for (let before = -1; before !== open.length;) {
    before = open.length;
    open = open.filter(([context]) => {
      if (conflictOf(context, found, to) !== "same") return true;
      judged.set(context, "same");
      mapping.delete(context.oid);
      return false;
    });
  }
}

function conflictOf(
  context: ObjectContext,
  found: Found,
  to: (oid: string) => string,
): Conflict | "same" | null {
  const { oid, name } = context;
  const label = name ?? oid;
  const mine = found.objects.get(oid);
  const holder = name === null ? undefined : found.holders.get(name);
  if (mine !== undefined) {
    const differs = differences(redirect(context, to), mine, ["created"]);
    if (differs.length === 0 || isNumberedCopy(context, mine, differs, holder)) return "same";
    const reason = `is here with another content (${differs.slice(0, 5).join(", ")})`;
    return { oid, name, label, kind: "content", with: oid, differs, reason };
  }
  if (holder === undefined) return null;
  const differs = differences(redirect(context, to), holder, []);
  if (differs.length === 0) return "same";
  const reason = `is the name of another object here (${differs.slice(0, 5).join(", ")} differ)`;
  return { oid, name, label, kind: "name", with: holder.oid, differs, reason };
}

/** Imported earlier under a free name, as its own was taken. */
function isNumberedCopy(
  { name }: ObjectContext,
  mine: ObjectContext,
  differs: readonly string[],
  holder: ObjectContext | undefined,
): boolean {
  return differs.length === 1 && differs[0] === "name" && holder !== undefined && holder.oid !== mine.oid &&
    name !== null && (mine.name?.startsWith(name) ?? false);
}

function placedAs(
  context: ObjectContext,
  how: {
    readonly conflict: Conflict | null;
    readonly onConflict: OnConflict;
    readonly found: Found;
    readonly oid: string;
  },
): Placed[] {
  const { conflict, onConflict, found, oid } = how;
  const from = context.oid;
  if (conflict === null) return [{ from, context, fate: "made", numbered: false }];
  if (onConflict === "copy") {
    return [{ from, context: { ...context, oid }, fate: "copied", numbered: context.name !== null }];
  }
  if (onConflict !== "theirs") return [];
  const holder = context.name === null ? undefined : found.holders.get(context.name);
  const mine = found.objects.get(oid);
  // Where yet another object has the name, this one keeps the one that it has here.
  const name = holder === undefined || holder.oid === oid ? context.name : mine?.name ?? null;
  return [{ from, context: { ...context, oid, name }, fate: "replaced", numbered: false }];
}

/** What differs between two objects, oids apart. */
export function differences(a: ObjectContext, b: ObjectContext, also: readonly "created"[]): string[] {
  const found: string[] = [];
  if (a.name !== b.name) found.push("name");
  if (exactJson(a.parents) !== exactJson(b.parents)) found.push("parents");
  if (also.includes("created") && a.createdAt !== b.createdAt) found.push("created");
  if (a.reason !== b.reason) found.push("reason");
  for (const slot of new Set([...Object.keys(a.slots), ...Object.keys(b.slots)])) {
    if (exactJson(a.slots[slot] ?? null) !== exactJson(b.slots[slot] ?? null)) found.push(slot);
  }
  return found;
}

/** The oid of a copy: the same for the same object, so that a second import finds it. It keeps the time of its source. */
function copyOid(context: ObjectContext): string {
  return derivedOid(Number.parseInt(context.oid.replace("-", "").slice(0, 12), 16), exactJson(context));
}

/** A UUIDv7 (RFC 9562, 5.7) whose random part is the SHA-256 of a text. @param msecs 0 to 2^48 - 1 */
export function derivedOid(msecs: number, text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  const time = msecs.toString(16).padStart(12, "0");
  const variant = (8 + (Number.parseInt(hash[3]!, 16) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${
    hash.slice(7, 19)
  }`;
}
