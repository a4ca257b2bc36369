/**
 * Merging a fork back: what the fork did to chosen objects, with what they refer to, as one thought. Where both sides
 * changed the same thing differently nothing is written until a side is chosen for each.
 */
import { isDeepStrictEqual } from "node:util";
import { type Key, keys } from "../../kv/mod.ts";
import { MergeError } from "../errors.ts";
import { type ObjectContext } from "../object/mod.ts";
import { type IdempotencyKey, isOid, type Outcome, type World, type WorldTransaction } from "../world/mod.ts";
import { readCanvases } from "./canvases.ts";
import { contextOf, ForkReader } from "./fork_reader.ts";
import { type Job, unwatched } from "./job.ts";
import { MERGE_OBJECTS_MAX, NAME_TRIES_MAX } from "./limits.ts";
import {
  type Choose,
  type Conflict,
  mergeObject,
  NAME_FIELD,
  type Side,
  WHOLE_FIELD,
} from "./merge_object.ts";

export interface MergeRequest {
  readonly world: World;
  /** The folder of the fork, which nothing may have open. */
  readonly folder: string;
  /** Names (in the fork) or oids; default: all that the fork has changed. */
  readonly objects?: readonly string[] | undefined;
  /** Decides every conflict that `choices` do not. */
  readonly prefer?: Side | undefined;
  readonly choices?: readonly Choice[] | undefined;
  readonly who: string;
  readonly idempotencyKey?: IdempotencyKey | undefined;
  readonly job?: Job;
}

export interface Choice {
  /** A name (in the fork) or an oid. */
  readonly object: string;
  /** Default: all fields of the object. */
  readonly field?: string | undefined;
  readonly take: Side;
}

export interface Merged {
  readonly fork: string;
  readonly objects: readonly {
    readonly oid: string;
    readonly name: string | null;
    readonly change: string;
  }[];
}

/** @throws {MergeError} with every conflict that no choice decides, and nothing is written; what `ForkReader.open` throws */
export async function mergeFork(request: MergeRequest): Promise<Outcome<Merged>> {
  const { world, folder, who, idempotencyKey, job = unwatched } = request;
  const fork = await ForkReader.open(folder, world.store.imageId);
  try {
    const chosen = request.objects === undefined
      ? await fork.changed()
      : new Set(await Promise.all(request.objects.map((name) => fork.resolve(name))));
    const choose = await chooser(request, fork);
    const why = request.objects === undefined
      ? "merge a fork"
      : `merge ${request.objects.join(", ")} of a fork`;
    const info = {
      who,
      why: why.slice(0, 400),
      kind: "merge",
      detail: { fork: fork.imageId, position: fork.origin },
    };
    return await world.thought(info, async (tx) => {
      const merge = new Merge({ world, tx, fork, choose, job });
      return await merge.run(chosen);
    }, { idempotencyKey });
  } finally {
    await fork.close();
  }
}

async function chooser({ prefer, choices = [] }: MergeRequest, fork: ForkReader): Promise<Choose> {
  const sides = new Map<string, Side>();
  for (const { object, field, take } of choices) {
    sides.set(`${await fork.resolve(object)} ${field ?? "*"}`, take);
  }
  return (oid, field) => sides.get(`${oid} ${field}`) ?? sides.get(`${oid} *`) ?? prefer;
}

interface MergeParts {
  readonly world: World;
  readonly tx: WorldTransaction;
  readonly fork: ForkReader;
  readonly choose: Choose;
  readonly job: Job;
}

/** One try of the merge, inside its thought: what is here is read as the thought sees it. */
class Merge {
  readonly #parts: MergeParts;
  readonly #conflicts: Conflict[] = [];
  readonly #results = new Map<string, { ours: ObjectContext | null; result: ObjectContext | null }>();

  constructor(parts: MergeParts) {
    this.#parts = parts;
  }

  async run(chosen: ReadonlySet<string>): Promise<Merged> {
    const { tx, fork } = this.#parts;
    for (const oid of chosen) await this.#mergeOne(oid);
    // What comes takes along what it refers to, and that what it refers to.
    for (const [, { ours, result }] of this.#results) {
      if (result === null || result === ours) continue;
      for (const oid of referred(result)) if (!this.#results.has(oid)) await this.#takeAlong(oid);
    }
    await this.#settleNames();
    if (this.#conflicts.length > 0) throw new MergeError(this.#conflicts);
    const objects: { oid: string; name: string | null; change: string }[] = [];
    for (const [oid, { ours, result }] of this.#results) {
      if (result === ours) continue;
      if (ours === null) await this.#make(result!);
      else if (result === null) tx.delete(oid);
      else change(tx, ours, result);
      const what = ours === null ? "made" : result === null ? "deleted" : "changed";
      objects.push({ oid, name: (result ?? ours)!.name, change: what });
    }
    return { fork: fork.imageId, objects };
  }

  async #mergeOne(oid: string): Promise<void> {
    if (this.#results.size >= MERGE_OBJECTS_MAX) throw MergeError.tooMany(MERGE_OBJECTS_MAX);
    const { world, tx, fork, choose, job } = this.#parts;
    job.signal.throwIfAborted();
    const base = contextOf(oid, await world.store.asOf(fork.origin).get(keys.object(oid)));
    const ours = await tx.read(oid);
    const theirs = await fork.context(oid);
    const { result, conflicts } = mergeObject({ base, ours, theirs }, choose);
    this.#conflicts.push(...conflicts);
    const settled = result !== null && ours !== null && isDeepStrictEqual(result, ours) ? ours : result;
    this.#results.set(oid, { ours, result: settled });
    job.progress(this.#results.size);
  }

  /** What is here already stays as it is; what was made in the fork comes; what was deleted here has to be decided. */
  async #takeAlong(oid: string): Promise<void> {
    const { world, tx, fork, choose } = this.#parts;
    if (await tx.read(oid) !== null) return;
    const theirs = await fork.context(oid);
    if (theirs === null) return;
    if (await world.store.asOf(fork.origin).get(keys.object(oid)) === null) return await this.#mergeOne(oid);
    const side = choose(oid, WHOLE_FIELD);
    if (side === "theirs") this.#results.set(oid, { ours: null, result: theirs });
    if (side !== undefined) return;
    const reason = "it was deleted here, and what comes from the fork refers to it";
    this.#conflicts.push({ oid, name: theirs.name, field: WHOLE_FIELD, reason });
  }

  /** A name that somebody else has here is a conflict too; who loses it takes a numbered one. */
  async #settleNames(): Promise<void> {
    const { tx, choose } = this.#parts;
    for (const [oid, { ours, result }] of [...this.#results]) {
      const name = result?.name ?? null;
      if (result === null || name === null || name === ours?.name) continue;
      const holder = await tx.holderOf(name);
      if (holder === null || holder === oid) continue;
      const theirHolder = this.#results.get(holder);
      if (theirHolder !== undefined && theirHolder.result?.name !== name) continue;
      const side = choose(oid, NAME_FIELD);
      if (side === undefined) {
        const reason = `the name "${name}" is another object's here`;
        this.#conflicts.push({ oid, name, field: NAME_FIELD, reason, theirs: name });
      } else if (side === "ours") {
        this.#results.set(oid, {
          ours,
          result: { ...result, name: ours?.name ?? await this.#freeName(name) },
        });
      } else {
        const other = await tx.require(holder);
        const free = await this.#freeName(name);
        this.#results.set(holder, { ours: other, result: { ...theirHolder?.result ?? other, name: free } });
      }
    }
  }

  async #freeName(name: string): Promise<string> {
    const { tx } = this.#parts;
    for (let n = 2; n < NAME_TRIES_MAX; n++) {
      const free = `${name} ${n}`;
      const taken = [...this.#results.values()].some(({ result }) => result?.name === free);
      if (!taken && await tx.isNameFree(free)) return free;
    }
    return `${name} ${crypto.randomUUID().slice(0, 8)}`;
  }

  /** A new object stands where it stood in the fork, and keeps the hypervector that was pinned there. */
  async #make(context: ObjectContext): Promise<void> {
    const { tx } = this.#parts;
    tx.create(context);
    for (const canvas of await readCanvases((key) => tx.thought.get(key))) {
      await this.#bring(keys.morph(canvas, context.oid));
    }
    await this.#bring(keys.hypervector(context.oid));
  }

  async #bring(key: Key): Promise<void> {
    const { tx, fork } = this.#parts;
    const value = await fork.beside(key);
    if (value !== null) tx.thought.set(key, value);
  }
}

function change(tx: WorldTransaction, ours: ObjectContext, result: ObjectContext): void {
  const { oid } = ours;
  if (result.name !== ours.name) tx.stage(oid, { type: "RENAMED", name: result.name });
  if (!isDeepStrictEqual(result.parents, ours.parents)) {
    tx.stage(oid, { type: "PARENTS_SET", parents: result.parents });
  }
  for (const [slot, value] of Object.entries(result.slots)) {
    if (!isDeepStrictEqual(value, Object.hasOwn(ours.slots, slot) ? ours.slots[slot] : undefined)) {
      tx.stage(oid, { type: "SLOT_SET", slot, value });
    }
  }
  for (const slot of Object.keys(ours.slots)) {
    if (!Object.hasOwn(result.slots, slot)) tx.stage(oid, { type: "SLOT_REMOVED", slot });
  }
}

/** The oids that an object refers to: its parents, its reference slots, and oids within its data. */
function referred({ parents, slots }: ObjectContext): Set<string> {
  const found = new Set(parents);
  for (const slot of Object.values(slots)) {
    if (slot.kind === "reference") found.add(slot.oid);
    else if (slot.kind === "data") collectOids(slot.value, found);
  }
  return found;
}

function collectOids(value: unknown, into: Set<string>): void {
  if (typeof value === "string") {
    if (isOid(value)) into.add(value);
  } else if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) collectOids(each, into);
  }
}
