/**
 * What must hold between objects: names are unique, parents exist, no chain comes back to itself or is too long,
 * nobody's parent is deleted from under them. Checked once for each thought, on what it leaves behind, just before
 * it is handed to the store; it also keeps the name and child indexes in step.
 */
import { keys } from "../../kv/mod.ts";
import { DelegationError, HasChildrenError, NameError, NotFoundError, SlotError } from "../errors.ts";
import {
  CHAIN_DEPTH_MAX,
  findChainFault,
  NAME_LENGTH_MAX,
  type ObjectContext,
  PARENTS_MAX,
  SLOTS_MAX,
} from "../object/mod.ts";
import { CHILDREN_NAMED_MAX, DESCENDANTS_CHECKED_MAX } from "./limits.ts";
import type { Draft, WorldTransaction } from "./transaction.ts";

const OID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text has the shape of an oid. */
export function isOid(text: string): boolean {
  return OID.test(text);
}

/** A name as it is looked up, or null for one that is too long for anybody to have it. */
export function lookedUpName(name: string): string | null {
  // NFC can make a text shorter, and never to a third.
  if (name.length > 3 * NAME_LENGTH_MAX + 100) return null;
  const normal = name.normalize("NFC").trim();
  return normal.length > NAME_LENGTH_MAX || !normal.isWellFormed() ? null : normal;
}

/** A name as it is stored: NFC, trimmed. @throws {NameError} for one that cannot be used */
export function normalizeName(name: string): string {
  const normal = name.normalize("NFC").trim();
  if (normal === "") throw new NameError(name, "it is empty", "name_invalid");
  if (normal.length > NAME_LENGTH_MAX) {
    throw new NameError(
      normal.slice(0, 40) + "…",
      `it must be <= ${NAME_LENGTH_MAX} characters: it has ${normal.length}`,
      "name_invalid",
    );
  }
  if (isOid(normal)) throw new NameError(name, "it looks like an oid", "name_invalid");
  if (!normal.isWellFormed()) {
    throw new NameError(name.toWellFormed(), "it holds half a character", "name_invalid");
  }
  if (/\p{Cc}/u.test(normal)) throw new NameError(name, "it holds a control character", "name_invalid");
  return normal;
}

/**
 * A name that is given anew, as it is stored. An address takes `.` and `..` for steps to another place, so that a server
 * could not be asked for them: an object that has such a name from before keeps it.
 * @throws {NameError} as `normalizeName` does
 */
export function givenName(name: string): string {
  const normal = normalizeName(name);
  if (normal !== "." && normal !== "..") return normal;
  throw new NameError(name, "an address takes it for a step to another place", "name_invalid");
}

/** Checks everything this thought leaves behind and writes its index entries. */
export async function sealStructure(tx: WorldTransaction): Promise<void> {
  const drafts = [...tx.drafts.values()];
  for (const draft of drafts) {
    const after = draft.snapshot?.context ?? null;
    if (after !== null) checkSize(after);
    if (!sameList(draft.before?.parents, after?.parents)) await sealParents(tx, draft, after);
    if (after === null && draft.before !== null) await checkNoChildren(tx, draft.before);
  }
  // Names that are given up are free for others within the same thought.
  for (const { before, snapshot } of drafts) {
    if (before?.name != null && before.name !== snapshot?.context.name) {
      tx.thought.delete(keys.name(before.name));
    }
  }
  const named = drafts.filter(({ before, snapshot }) => {
    const name = snapshot?.context.name ?? null;
    return name !== null && name !== before?.name;
  });
  if (named.length > 1) {
    await tx.thought.prefetch(named.map(({ snapshot }) => keys.name(snapshot!.context.name!)));
  }
  for (const { oid, snapshot } of named) {
    const name = snapshot!.context.name!;
    const holder = await tx.thought.get<string>(keys.name(name));
    if (holder !== null && holder !== oid) {
      throw new NameError(name, "another object has it", "name_taken", holder);
    }
    tx.thought.set(keys.name(name), oid);
  }
}

function checkSize(context: ObjectContext): void {
  const count = Object.keys(context.slots).length;
  if (count > SLOTS_MAX) {
    throw new SlotError("*", `an object has at most ${SLOTS_MAX} slots: it would have ${count}`);
  }
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b ||
    (a !== undefined && b !== undefined && a.length === b.length && a.every((x, i) => x === b[i]));
}

async function sealParents(tx: WorldTransaction, draft: Draft, after: ObjectContext | null): Promise<void> {
  for (const parent of draft.before?.parents ?? []) {
    if (!after?.parents.includes(parent)) tx.thought.delete(keys.child(parent, draft.oid));
  }
  if (after === null) return;
  if (after.parents.length > PARENTS_MAX) {
    throw new DelegationError(
      "too_many_parents",
      `An object has at most ${PARENTS_MAX} parents: ${after.parents.length} were given`,
      [...after.parents],
    );
  }
  for (const parent of after.parents) {
    if ((await tx.read(parent)) === null) throw new NotFoundError(parent, "parent");
    tx.thought.set(keys.child(parent, draft.oid), true);
  }
  const look = (below: number) =>
    tx.look((contextOf) => findChainFault(draft.oid, after.parents, contextOf, below));
  // A chain that comes back to itself has no depth: whether it does is looked at first.
  const fault = await look(0) ?? (draft.before === null ? null : await look(await depthBelow(tx, draft.oid)));
  if (fault === null) return;
  const names = fault.chain.map((oid) => tx.contextOf(oid)?.name ?? oid);
  throw fault.fault === "cycle"
    ? new DelegationError("parent_cycle", `parent* must not come back to itself: ${names.join(" → ")}`, names)
    : new DelegationError(
      "chain_too_deep",
      `A chain must be <= ${CHAIN_DEPTH_MAX} deep; this one would be deeper`,
      names,
    );
}

/** The longest way down from an object to a descendant, as this thought leaves it. */
async function depthBelow(tx: WorldTransaction, oid: string): Promise<number> {
  let level = new Set([oid]);
  const seen = new Set<string>();
  for (let depth = 0;; depth++) {
    const next = new Set<string>();
    for (const parent of level) {
      for await (const child of childrenIn(tx, parent)) {
        next.add(child);
        seen.add(child);
        if (seen.size > DESCENDANTS_CHECKED_MAX) {
          throw new DelegationError(
            "chain_too_deep",
            `Cannot re-parent an object with more than ${DESCENDANTS_CHECKED_MAX} descendants`,
            [oid],
          );
        }
      }
    }
    if (next.size === 0 || depth > CHAIN_DEPTH_MAX) return depth;
    level = next;
  }
}

/** Those that have the parent after this thought: as committed, without those that leave it, with those that come. */
async function* childrenIn(tx: WorldTransaction, parent: string): AsyncGenerator<string> {
  const committed = new Set<string>();
  for await (const { key } of tx.thought.list(keys.children(parent))) {
    const child = key.at(-1) as string;
    committed.add(child);
    const draft = tx.drafts.get(child);
    if (draft === undefined || hasParent(draft, parent)) yield child;
  }
  for (const draft of tx.drafts.values()) {
    if (!committed.has(draft.oid) && hasParent(draft, parent)) yield draft.oid;
  }
}

function hasParent({ snapshot }: Draft, parent: string): boolean {
  return snapshot?.context.parents.includes(parent) ?? false;
}

async function checkNoChildren(tx: WorldTransaction, object: ObjectContext): Promise<void> {
  const left: string[] = [];
  for await (const { key } of tx.thought.list(keys.children(object.oid))) {
    const child = key.at(-1) as string;
    const draft = tx.drafts.get(child);
    if (draft !== undefined && !draft.snapshot?.context.parents.includes(object.oid)) continue;
    if (left.length === CHILDREN_NAMED_MAX) throw new HasChildrenError(object.name ?? object.oid, left, true);
    left.push((await tx.read(child))?.name ?? child);
  }
  if (left.length > 0) throw new HasChildrenError(object.name ?? object.oid, left, false);
}
