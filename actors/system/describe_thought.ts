/** A committed thought as the stream tells it: who, why, and what the objects look like that it changed. */
import type { CommittedThought, LogEntry, Position } from "../../kv/mod.ts";
import { type ObjectSummary, summarize, type World } from "../world/mod.ts";
import { readExchange } from "./exchange_form.ts";
import { threadOf } from "./threads.ts";
import { type MorphPlace, readMorph } from "./morphs.ts";
import { EVENT_OBJECTS_MAX } from "./limits.ts";

/** What a thought keeps in its log record when it stores an answer. */
export interface AnswerDetail {
  readonly answer: string;
  /** The oid of the exchange. */
  readonly exchange: string;
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
  /** What stands on a canvas no more. */
  readonly unplaced?: readonly { readonly canvas: string; readonly oid: string }[];
}

/** Whether a thought changed no more than one event tells of. */
export function isToldWhole(thought: CommittedThought | LogEntry): boolean {
  return tellable(thought).length <= EVENT_OBJECTS_MAX;
}

function tellable({ changes }: CommittedThought | LogEntry) {
  return changes.filter(({ key }) => key[0] === "object" || key[0] === "morph");
}

/** Objects are described as they are now, which is at or after the thought's position. */
export async function describeThought(
  world: World,
  thought: CommittedThought | LogEntry,
): Promise<StreamedThought> {
  const objects: ObjectSummary[] = [];
  const deleted: string[] = [];
  const morphs: MorphPlace[] = [];
  const unplaced: { canvas: string; oid: string }[] = [];
  for (const { key } of tellable(thought).slice(0, EVENT_OBJECTS_MAX)) {
    if (key[0] === "object") {
      const summary = await summarize(world, key[1] as string);
      if (summary === null) deleted.push(key[1] as string);
      else objects.push({ ...summary, position: summary.position ?? thought.position });
    } else if (key[0] === "morph") {
      const [, canvas, oid] = key as [string, string, string];
      const place = await readMorph(world.store, canvas, oid);
      if (place !== null) morphs.push(place);
      else unplaced.push({ canvas, oid });
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
    ...(unplaced.length === 0 ? {} : { unplaced }),
  };
  const exchange = kind === "exchange" ? await exchangeOf(world, thought.detail as AnswerDetail) : null;
  // An exchange that was deleted since is told as what it was: a thought.
  if (exchange === null) return { command: "THOUGHT_COMMITTED", ...told };
  return { command: "PERSONA_RESPONSE_COMPLETE", ...told, ...exchange };
}

async function exchangeOf(world: World, detail: AnswerDetail) {
  const resident = await world.registry.load(detail.exchange);
  if (resident === null || resident.state === "quarantined") return null;
  const thread = await world.look((contextOf) => {
    const [parent] = resident.context.parents;
    return threadOf(parent === undefined ? null : contextOf(parent)?.name ?? null) ?? "";
  });
  const stored = readExchange(resident.context, thread, "");
  const { query_text, memories, details } = stored;
  const told = { query_text, thread, memories, exchange: detail.exchange };
  if (detail.answer === stored.answer) {
    const { answer, persona_id, persona_name, full_text, mind } = stored;
    return { ...told, answer, persona_id, persona_name, full_text, mind, details };
  }
  // A second answer to the same prompt, which may have been dropped since.
  const again = details.replays.find(({ answer }) => answer === detail.answer);
  if (again === undefined) return null;
  const { answer, persona_id, persona_name, text: full_text, mind } = again;
  return { ...told, answer, persona_id, persona_name, full_text, mind, details, replay_of: stored.answer };
}
