/**
 * The interface by which others take part in a thought, and its two-phase protocol: every participant votes within
 * a bound, silence and exceptions are refusals, and each hears the outcome exactly once.
 */
import { RefusedError } from "./errors.ts";
import type { Key } from "./keys.ts";
import { voteMs } from "./limits.ts";
import type { Position } from "./position.ts";

/** A write that a participant hands over, to be part of the deciding atomic operation. */
export type Mutation = { readonly type: "set"; readonly key: Key; readonly value: unknown } | {
  readonly type: "delete";
  readonly key: Key;
};

export type Vote = { readonly ok: true; readonly mutations?: readonly Mutation[] | undefined } | {
  readonly ok: false;
  readonly reason: string;
  readonly code?: string | undefined;
};

export interface VoteContext {
  readonly thoughtId: string;
  /** The head when the vote was asked; the thought, if decided, stands after it in the log. */
  readonly expectedPosition: Position;
}

export interface Outcome {
  readonly position: Position;
  readonly at: number;
}

/** A participant in the commit of a thought. A re-run of the thought joins again, under another thought id. */
export interface DataManager {
  readonly name: string;
  /** Must answer within 5 s; an exception or silence is a refusal. */
  vote(context: VoteContext): Promise<Vote> | Vote;
  /** After the decision, in commit order, before listeners hear and `commit()` answers; must not refuse any more. */
  finish(decision: Outcome): void | Promise<void>;
  /** The thought will not be: forget what was staged. May come without a vote having been asked. */
  abort(): void | Promise<void>;
  /**
   * Remembers what is staged now; what it answers goes back to that, any number of times. Without it, a thought that
   * this one has joined can make no savepoint.
   */
  savepoint?(): () => void;
}

/**
 * Asks all participants at once.
 * @throws RefusedError naming the first that refused, threw or was silent.
 */
export async function collectVotes(
  participants: readonly DataManager[],
  context: VoteContext,
): Promise<Mutation[]> {
  const votes = await Promise.all(participants.map((participant) => askOne(participant, context)));
  return votes.flat();
}

async function askOne(participant: DataManager, context: VoteContext): Promise<readonly Mutation[]> {
  let vote: Vote;
  try {
    vote = await within(() => participant.vote(context), "vote");
  } catch (cause) {
    if (cause instanceof SilenceError) {
      throw new RefusedError(participant.name, cause.message, { code: "silent", retryable: true });
    }
    throw new RefusedError(participant.name, cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
  if (vote?.ok === true) return vote.mutations ?? [];
  throw new RefusedError(participant.name, vote?.reason ?? "its vote has no shape of a vote", {
    code: vote?.code,
  });
}

/** Tells one participant the decision; what goes wrong there changes nothing about it and is reported. */
export async function finishOne(
  participant: DataManager,
  outcome: Outcome,
  report: (error: unknown) => void,
): Promise<void> {
  try {
    await within(() => participant.finish(outcome), "finish");
  } catch (cause) {
    report(
      new Error(`The data manager "${participant.name}" failed to finish ${outcome.position}`, { cause }),
    );
  }
}

/** Tells all participants that the thought will not be. */
export async function abortAll(
  participants: readonly DataManager[],
  report: (error: unknown) => void,
): Promise<void> {
  await Promise.all(participants.map(async (participant) => {
    try {
      await within(() => participant.abort(), "abort");
    } catch (cause) {
      report(new Error(`The data manager "${participant.name}" failed to abort`, { cause }));
    }
  }));
}

class SilenceError extends Error {}

/** The answer itself if it is none to wait for, so that participants in memory cost no timer. */
function within<T>(ask: () => T | Promise<T>, what: string): T | Promise<T> {
  const answer = ask();
  if (!(answer instanceof Promise)) return answer;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new SilenceError(`no ${what} within ${voteMs} ms`)), voteMs);
  answer.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
