/**
 * Undo and redo, of the last thought or of any. Both are new thoughts that put before-images back, so that history
 * only ever grows; both refuse when a later change of the same things would be lost, and name it.
 */
import type { Key, LogEntry, Position } from "../../kv/mod.ts";
import { NotFoundError, StaleError, UndoError } from "../errors.ts";
import type { IdempotencyKey } from "./idempotency.ts";
import { laterChanges, objectsOf } from "./later_changes.ts";
import { UNDO_HORIZON_THOUGHTS, UNDO_TRIES_MAX } from "./limits.ts";
import type { WorldTransaction } from "./transaction.ts";
import type { Outcome } from "./world_options.ts";
import type { World } from "./world.ts";

/** Puts back what is not an object: morphs, vectors. Called inside the thought. */
export type PutBack = (tx: WorldTransaction, key: Key, before: unknown | null) => void | Promise<void>;

/** Kinds of thoughts that no undo goes back over: they are the ground, housekeeping, or records of what failed. */
const FIXED_KINDS = new Set(["genesis", "maintenance", "forget", "failed"]);
const LOG_PAGE = 256;

export interface Undone {
  readonly undone: Position;
  readonly why: string;
  readonly objects: readonly string[];
}

export interface UndoRequest {
  readonly world: World;
  readonly who: string;
  readonly putBack: PutBack;
  /** The position of the last thought that the caller has seen. */
  readonly expected?: Position | undefined;
  readonly idempotencyKey?: IdempotencyKey | undefined;
}

/** Undoes the thought at `position`, or the last one that can be undone. @throws {UndoError, StaleError} */
export async function undo(request: UndoRequest, position?: Position): Promise<Outcome<Undone>> {
  if (position === undefined) {
    return await revertLast(lastUndoable, request, (entry, head) => {
      if (entry === null) return nothingTo(request, "undo");
      return revert(request, entry, head, "undo", `undo: ${entry.why}`);
    });
  }
  const head = request.world.store.position;
  const entry = await thoughtAt(request.world, position);
  if (entry.kind === "forget") {
    throw new UndoError("undo_refused", "What was forgotten cannot be brought back: nothing of it is kept");
  }
  if (FIXED_KINDS.has(entry.kind) || entry.changes.length === 0) {
    throw new UndoError("undo_refused", `A thought of kind "${entry.kind}" is not undone: ${entry.why}`);
  }
  return await revert(request, entry, head, "undo", `undo: ${entry.why}`);
}

/**
 * Does again what the last undo undid; with the position of an undo, or of what it took back, what that one undid.
 * @throws {UndoError, StaleError}
 */
export async function redo(request: UndoRequest, position?: Position): Promise<Outcome<Undone>> {
  if (position !== undefined) {
    const head = request.world.store.position;
    const entry = await undoOf(request.world, await thoughtAt(request.world, position));
    return await revert(request, entry, head, "redo", redone(entry));
  }
  return await revertLast(lastUndo, request, (entry, head) => {
    if (entry === null) return nothingTo(request, "redo");
    return revert(request, entry, head, "redo", redone(entry));
  });
}

const redone = ({ why }: LogEntry) => why.replace(/^undo: /, "redo: ");

/** Refused in a thought, so that a repeated command is given its first answer instead. */
async function nothingTo(
  { world, who, idempotencyKey }: UndoRequest,
  kind: "undo" | "redo",
): Promise<Outcome<Undone>> {
  const why = `There is nothing to ${kind}`;
  return await world.thought(
    { who, why, kind },
    () => Promise.reject(new UndoError(`nothing_to_${kind}`, why)),
    {
      idempotencyKey,
    },
  );
}

async function thoughtAt(world: World, position: Position): Promise<LogEntry> {
  const entry = await world.store.logEntry(position);
  if (entry === null) throw new NotFoundError(position, "thought");
  return entry;
}

/** The undo itself, or the newest undo of a thought that stands. */
async function undoOf(world: World, entry: LogEntry): Promise<LogEntry> {
  if (entry.kind === "undo") return entry;
  const { entries } = await laterChanges(world.store, entry);
  const undos = entries.filter(({ kind, undoes }) => kind === "undo" && undoes === entry.position);
  const newest = undos.at(-1);
  if (newest === undefined) {
    throw new UndoError("nothing_to_redo", `Nothing took "${entry.why}" back: there is nothing to redo`);
  }
  return newest;
}

/** When another undo was first, what it took back is no longer the last: the next one is. */
async function revertLast(
  find: (world: World) => Promise<LogEntry | null>,
  { world }: UndoRequest,
  run: (entry: LogEntry | null, head: Position) => Promise<Outcome<Undone>>,
): Promise<Outcome<Undone>> {
  for (let tries = 1;; tries++) {
    const head = world.store.position;
    const entry = await find(world);
    try {
      return await run(entry, head);
    } catch (error) {
      if (!(error instanceof UndoError) || entry === null || tries === UNDO_TRIES_MAX) throw error;
      if ((await find(world))?.position === entry.position) throw error;
    }
  }
}

/** @param head where the image was before `entry` was looked for */
async function revert(
  { world, who, putBack, expected, idempotencyKey }: UndoRequest,
  entry: LogEntry,
  head: Position,
  kind: "undo" | "redo",
  why: string,
): Promise<Outcome<Undone>> {
  const objects = objectsOf(entry);
  return await world.thought({ who, why, kind, undoes: entry.position }, async (tx) => {
    // Read before the log is, so that what changes after that look is a conflict, and never lost.
    for (const { key } of entry.changes) {
      if (key[0] === "object") await tx.read(key[1] as string);
      else await tx.thought.get(key);
    }
    await refuseLaterChanges(world, entry);
    // In the thought, so that a repeated command is given its first answer before this is asked.
    const moved = [head, world.store.position].find((position) => position !== expected);
    if (expected !== undefined && moved !== undefined) throw new StaleError("the image", expected, moved);
    for (const { key, before } of entry.changes) {
      if (key[0] === "object") await tx.putBack(key[1] as string, before);
      else await putBack(tx, key, before);
    }
    return { undone: entry.position, why: entry.why, objects };
  }, { idempotencyKey });
}

async function* history(world: World): AsyncIterable<LogEntry> {
  let before: Position | undefined;
  for (let seen = 0; seen < UNDO_HORIZON_THOUGHTS;) {
    const page = await world.store.log({
      newest: true,
      limit: LOG_PAGE,
      ...(before === undefined ? {} : { before }),
    });
    yield* page;
    if (page.length < LOG_PAGE) return;
    seen += page.length;
    before = page.at(-1)!.position;
  }
}

/** A thought that is not itself undone, and is not an undo. A redo counts: undoing it takes its effect away again. */
async function lastUndoable(world: World): Promise<LogEntry | null> {
  const undone = new Set<Position>();
  for await (const entry of history(world)) {
    if (undone.has(entry.position) || FIXED_KINDS.has(entry.kind) || entry.changes.length === 0) continue;
    if (entry.kind !== "undo") return entry;
    undone.add(entry.undoes!);
  }
  return null;
}

/** The newest undo that was not redone, unless something else was done since. */
async function lastUndo(world: World): Promise<LogEntry | null> {
  const redone = new Set<Position>();
  for await (const entry of history(world)) {
    if (redone.has(entry.position) || FIXED_KINDS.has(entry.kind) || entry.changes.length === 0) continue;
    if (entry.kind === "undo") return entry;
    if (entry.kind !== "redo") return null;
    redone.add(entry.undoes!);
  }
  return null;
}

async function refuseLaterChanges(world: World, entry: LogEntry): Promise<void> {
  const { entries, more } = await laterChanges(world.store, entry);
  const undone = takenBack(entries, entry.position);
  const later = entries
    .filter(({ position }) => !undone.has(position))
    .map(({ position, why, who, at, changes }) => ({
      position,
      why,
      who,
      at,
      objects: objectsOf({ changes }),
    }));
  if (later.length === 0 && !more) return;
  const count = `${later.length}${more ? " or more" : ""}`;
  throw new UndoError(
    "undo_refused",
    `Cannot undo "${entry.why}" as ${count} later change${later.length === 1 && !more ? "" : "s"} ` +
      `of the same objects would be lost: ${later.slice(0, 3).map(({ why }) => `"${why}"`).join(", ")}`,
    later,
  );
}

/** The thoughts since `position` whose effect has been taken away again, with the undos that did it. */
function takenBack(since: readonly LogEntry[], position: Position): Set<Position> {
  const undone = new Set<Position>();
  for (const entry of since.toReversed()) {
    if (undone.has(entry.position)) continue;
    if ((entry.kind === "undo" || entry.kind === "redo") && entry.undoes! > position) {
      undone.add(entry.position);
      undone.add(entry.undoes!);
    }
  }
  return undone;
}
