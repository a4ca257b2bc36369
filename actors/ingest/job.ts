/**
 * One ingest as the image keeps it: what is taken in, how far it is, what was found. It is written in the same thought
 * as the memories that it counts, so that both are there after a crash or neither is.
 */
import { z } from "zod";
import { keys, type Store, type Thought } from "../../kv/mod.ts";
import { type Entry, markSchema, type Problem, problemSchema } from "./entry.ts";
import { PROBLEM_CHARACTERS_MAX, PROBLEMS_NAMED_MAX } from "./limits.ts";

const countsShape = {
  /** Files that were read to their end, and those left out. */
  files: z.number().int(),
  skipped: z.number().int(),
  /** Of all of them. */
  bytes: z.number(),
  /** Memories that were made, and those that were there already. */
  made: z.number().int(),
  known: z.number().int(),
  /** What was left out, and the first of it by name. */
  problems: z.number().int(),
  named: z.array(problemSchema),
};

export const jobSchema = z.strictObject({
  id: z.string(),
  path: z.string(),
  who: z.string(),
  state: z.enum(["running", "paused", "done", "cancelled"]),
  /** Why it is paused, when nobody asked for it. */
  reason: z.string().nullable(),
  after: markSchema.nullable(),
  /** Milliseconds since 1970. */
  begun: z.number(),
  ended: z.number().nullable(),
  ...countsShape,
});
export type Job = z.infer<typeof jobSchema>;

export const recordSchema = z.strictObject({ version: z.literal(1), job: jobSchema });

const RECORD = keys.meta("ingest");

/** The one that is under way, or else the last. @throws {z.ZodError} for a record that is damaged */
export async function readJob(store: Store): Promise<Job | null> {
  const stored = await store.get(RECORD);
  return stored === null ? null : recordSchema.parse(stored.value).job;
}

export function writeJob(thought: Thought, job: Job): void {
  thought.set(RECORD, recordSchema.parse({ version: 1, job }));
}

export function newJob({ path, who, at }: { path: string; who: string; at: number }): Job {
  return {
    id: crypto.randomUUID(),
    path,
    who,
    state: "running",
    reason: null,
    after: null,
    begun: at,
    ended: null,
    files: 0,
    skipped: 0,
    bytes: 0,
    made: 0,
    known: 0,
    problems: 0,
    named: [],
  };
}

/** The job with some more entries behind it, of whose memories so many were made. */
export function advanced(job: Job, entries: readonly Entry[], made: number): Job {
  const ends = entries.flatMap(({ file }) => file ?? []);
  const chunks = entries.filter(({ chunk }) => chunk !== undefined).length;
  return withProblems({
    ...job,
    after: entries.at(-1)?.mark ?? job.after,
    files: job.files + ends.filter(({ taken }) => taken).length,
    skipped: job.skipped + ends.filter(({ taken }) => !taken).length,
    bytes: job.bytes + ends.reduce((sum, { bytes }) => sum + bytes, 0),
    made: job.made + made,
    known: job.known + chunks - made,
  }, entries.flatMap(({ problem }) => problem ?? []));
}

export function withProblems(job: Job, problems: readonly Problem[]): Job {
  const named = [...job.named, ...problems].slice(0, PROBLEMS_NAMED_MAX);
  return {
    ...job,
    problems: job.problems + problems.length,
    named: named.map(({ place, reason }) => ({ place: bounded(place), reason: bounded(reason) })),
  };
}

function bounded(text: string): string {
  return text.length <= PROBLEM_CHARACTERS_MAX
    ? text
    : `${text.slice(0, PROBLEM_CHARACTERS_MAX - 1).toWellFormed()}…`;
}
