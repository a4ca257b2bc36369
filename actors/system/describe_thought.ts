/** A committed thought as the stream tells it: who, why, and what the objects look like that it changed. */
import type { CommittedThought, LogEntry, Position } from "../../kv/mod.ts";
import { type ObjectSummary, summarize, type World } from "../world/mod.ts";
import { type MorphPlace, readMorph } from "./morphs.ts";
import { EVENT_OBJECTS_MAX } from "./limits.ts";

/** What a thought keeps in its log record when it stores an answer. */
export interface AnswerDetail {
  readonly answer: string;
  readonly persona_id: string;
  readonly full_text: string;
  readonly query_text: string;
  readonly thread: string;
  readonly mind: string;
  readonly memories: readonly unknown[];
}

export interface StreamedThought {
  readonly command: "THOUGHT_COMMITTED" | "PERSONA_RESPONSE_COMPLETE";
  readonly position: Position;
  readonly id: string;
  readonly who: string;
  readonly why: string;
  readonly at: number;
  readonly kind: string;
  readonly undoes?: Position;
  readonly objects: readonly ObjectSummary[];
  readonly deleted: readonly string[];
  readonly morphs: readonly MorphPlace[];
}

/** Objects are described as they are now, which is at or after the thought's position. */
export async function describeThought(
  world: World,
  thought: CommittedThought | LogEntry,
): Promise<StreamedThought> {
  const objects: ObjectSummary[] = [];
  const deleted: string[] = [];
  const morphs: MorphPlace[] = [];
  for (const { key } of thought.changes.slice(0, EVENT_OBJECTS_MAX)) {
    if (key[0] === "object") {
      const summary = await summarize(world, key[1] as string);
      if (summary === null) deleted.push(key[1] as string);
      else objects.push({ ...summary, position: summary.position ?? thought.position });
    } else if (key[0] === "morph") {
      const place = await readMorph(world.store, key[1] as string, key[2] as string);
      if (place !== null) morphs.push(place);
    }
  }
  const { position, id, who, why, at, kind, undoes } = thought;
  const told = {
    position,
    id,
    who,
    why,
    at,
    kind,
    ...(undoes === undefined ? {} : { undoes }),
    objects,
    deleted,
    morphs,
  };
  if (kind !== "exchange") return { command: "THOUGHT_COMMITTED", ...told };
  return { command: "PERSONA_RESPONSE_COMPLETE", ...told, ...(thought.detail as AnswerDetail) };
}
