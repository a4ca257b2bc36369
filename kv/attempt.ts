/**
 * One commit from its apply step to its decision, again when what it read was changed meanwhile: at once the first
 * time, then in a lane with those that fight for the same key, at last with the gate closed for all others.
 */
import type { Committer } from "./committer.ts";
import { abortAll } from "./data_manager.ts";
import { ConflictError } from "./errors.ts";
import { decodeKey } from "./keys.ts";
import { atMost, type Lanes } from "./lanes.ts";
import {
  attemptsMax,
  gateAttempt,
  jitterMsBase,
  jitterMsMax,
  laneWaitMs,
  winnersLookedAtMax,
} from "./limits.ts";
import type { Position } from "./position.ts";
import { type Prepared, unstage } from "./plan.ts";
import { prepare, type PrepareSource } from "./prepare.ts";
import type { ThoughtInfo } from "./record.ts";
import { describe } from "./describe.ts";
import { type SealedThought, Thought } from "./thought.ts";
import type { Changed } from "./write_ring.ts";

export interface CommitResult<T> {
  readonly position: Position;
  /** Milliseconds. */
  readonly at: number;
  /** False when apply wrote nothing: there is no thought then, and the position is the head. */
  readonly changed: boolean;
  /** What apply answered. */
  readonly value: T;
}

export interface AttemptSource extends PrepareSource {
  readonly committer: Committer;
  readonly lanes: Lanes;
  readonly random: () => number;
  readonly report: (error: unknown) => void;
}

export interface Task<T> {
  readonly info: ThoughtInfo;
  readonly infoBytes: number;
  readonly apply: (thought: Thought) => T | Promise<T>;
  /** It may be applied to what thoughts that wait for their decision are going to write. */
  readonly follows: boolean;
}

/** `alone`: what it came to rests on thoughts that are not decided; it is applied again to what is. */
type Tried<T> = { readonly result: CommitResult<T> } | Refused;
type Refused = { readonly outdated: Changed; readonly alone?: boolean };

interface Way {
  /** That of an attempt behind the gate. */
  readonly pass: symbol | null;
  /** The first attempt does not overtake those that wait in lanes. */
  readonly isFirst: boolean;
  readonly follows: boolean;
  /** Called once others can follow this attempt. */
  readonly onStaged: () => void;
}

/** @throws ConflictError when the attempts are used up, and whatever ends the thought. */
export async function attempt<T>(source: AttemptSource, task: Task<T>): Promise<CommitResult<T>> {
  const first = await tryOnce(source, task, {
    pass: null,
    isFirst: true,
    follows: task.follows,
    onStaged: () => {},
  });
  if ("result" in first) return first.result;
  let { outdated, alone = false } = first;
  for (let number = 2; number <= attemptsMax; number++) {
    const leave = await enter(source, number, outdated);
    const follows = task.follows && !alone && number < gateAttempt;
    try {
      const way = { pass: leave.pass, isFirst: false, follows, onStaged: leave.done };
      const tried = await tryOnce(source, task, way);
      if ("result" in tried) return tried.result;
      outdated = tried.outdated;
      alone ||= tried.alone === true;
    } finally {
      leave.done();
    }
  }
  throw await conflict(source.committer, outdated);
}

async function conflict(committer: Committer, { key, thought }: Changed): Promise<ConflictError> {
  const name = key === null ? "what it read" : describe(decodeKey(key));
  const winner = thought === null ? null : await committer.log.findLately(thought, winnersLookedAtMax);
  const by = winner === null
    ? thought === null ? "another thought" : `thought ${thought}`
    : `"${winner.why}", by ${winner.who} at ${winner.position},`;
  return new ConflictError(
    `Cannot commit the thought as ${name} must be unchanged since it was read: ${by} changed it, ` +
      `${attemptsMax} times in a row`,
    { keys: key === null ? [] : [decodeKey(key)], other: thought, winner, attempts: attemptsMax },
  );
}

interface Entered {
  readonly pass: symbol | null;
  readonly done: () => void;
}

/** Where this attempt waits, and what it must leave again. */
async function enter(source: AttemptSource, number: number, outdated: Changed): Promise<Entered> {
  if (number > 2) await pause(source.random, number);
  const leave = await source.lanes.enter(outdated.key ?? "");
  if (number < gateAttempt) return { pass: null, done: leave };
  const pass = Symbol("gate");
  const { promise, resolve } = Promise.withResolvers<void>();
  source.committer.closeGate(pass, atMost(promise, laneWaitMs));
  await source.committer.settled();
  return {
    pass,
    done: () => {
      resolve();
      leave();
    },
  };
}

async function pause(random: () => number, number: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, random() * Math.min(jitterMsMax, jitterMsBase * 2 ** number));
  await promise;
}

async function tryOnce<T>(source: AttemptSource, task: Task<T>, way: Way): Promise<Tried<T>> {
  const { committer, report } = source;
  const thought = new Thought(source.newId(), committer, way.follows);
  let sealed: SealedThought | null = null;
  let prepared: Prepared | null = null;
  try {
    const answer = task.apply(thought);
    const value = answer instanceof Promise ? await answer : answer;
    sealed = Thought.seal(thought);
    if (sealed.writes.size === 0 && sealed.participants.length === 0) {
      if (isOpen(sealed)) return await giveUp(source, sealed, null, onItsOwn);
      return { result: { position: committer.position, at: committer.at, changed: false, value } };
    }
    const lane = (way.isFirst ? source.lanes.findBusy(checkedKeys(sealed)) : null) ??
      (way.follows ? committer.stagedValues.findStale(sealed.reads) : null);
    if (lane !== null) return await giveUp(source, sealed, null, { outdated: { key: lane, thought: null } });
    const preparing = prepare(source, thought, sealed, task.info, task.infoBytes);
    const ready = preparing instanceof Promise ? await preparing : preparing;
    if ("outdated" in ready) return await giveUp(source, sealed, null, ready);
    prepared = ready;
    if (way.follows && committer.stagedValues.add(ready)) way.onStaged();
    const decision = await committer.submit(ready, way.pass);
    if (decision.type === "outdated") return await giveUp(source, sealed, ready, decision);
    return { result: { position: decision.position, at: decision.at, changed: true, value } };
  } catch (error) {
    sealed ??= Thought.seal(thought);
    if (prepared === null && isOpen(sealed)) return await giveUp(source, sealed, null, onItsOwn);
    await giveUp(source, sealed, prepared, { outdated: { key: null, thought: null } }).catch(report);
    throw error;
  }
}

const onItsOwn: Refused = { outdated: { key: null, thought: null }, alone: true };

/** Whether it read what a thought writes that is not decided, or never will be. */
function isOpen({ reads }: SealedThought): boolean {
  for (const { from } of reads.values()) if (from !== undefined && from.sequence === null) return true;
  return false;
}

function* checkedKeys({ reads }: SealedThought): Generator<string> {
  for (const [encoded, { checked }] of reads) if (checked) yield encoded;
}

async function giveUp(
  { reader, report }: AttemptSource,
  sealed: SealedThought,
  prepared: Prepared | null,
  refused: Refused,
): Promise<Refused> {
  await abortAll(sealed.participants, report);
  if (prepared !== null) await unstage(reader.kv, prepared);
  return refused;
}
