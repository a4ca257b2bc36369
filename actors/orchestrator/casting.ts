/**
 * Who answers, and how: whom the person asked for, by choice or by `@name`; else the rules; else, when these do not
 * know, what the steward decides.
 */
import type { Ground, Question } from "./query_machine.ts";
import { decide } from "./decision.ts";
import { likelyMind, type StepParts } from "./mind_room.ts";
import type { Persona } from "./ports.ts";
import { route } from "./routing.ts";
import { type Cast, isSeveral, mannerInWords } from "./schedule.ts";

/** @throws the signal's reason; MindError when the server fails in a way that another look does not mend */
export async function castFor(
  parts: StepParts,
  { question, ground }: { readonly question: Question; readonly ground: Ground },
  signal: AbortSignal,
): Promise<Cast> {
  const { asked, personas, settings } = ground;
  const steward = personas.find(({ name }) => name === settings.defaultPersona) ?? personas[0]!;
  const cast = asked.length > 0
    ? askedFor(question, asked, steward)
    : await chosen(parts, ground, steward, signal);
  const noted = ground.note === "" ? cast : { ...cast, reason: `${cast.reason}; ${ground.note}` };
  if (!isSeveral(noted)) return noted;
  // Who only quote the memory would all quote the same.
  const { mind } = await likelyMind(parts.chooser);
  if (mind.name !== parts.recall.name) return noted;
  return {
    ...noted,
    personas: [steward],
    speaker: steward,
    reason: `${steward.name} for all, as no model is there`,
  };
}

function askedFor(question: Question, asked: readonly Persona[], steward: Persona): Cast {
  const { manner, deliberate } = question;
  const names = asked.map(({ name }) => name).join(", ");
  if (asked.length === 1) return { ...alone(asked[0]!, `${names}: you asked for them`), manner, deliberate };
  return {
    personas: asked,
    manner,
    deliberate,
    speaker: steward,
    reason: `${names}, ${
      mannerInWords(question)
    }: you asked for them; ${steward.name} makes one answer of it`,
  };
}

async function chosen(
  parts: StepParts,
  { text, personas, settings }: Ground,
  steward: Persona,
  signal: AbortSignal,
): Promise<Cast> {
  const rule = route(text, personas, settings);
  if (rule.isSure || settings.router === "rules" || personas.length < 2) {
    return alone(rule.persona, rule.reason);
  }
  const decision = await decide(parts, { persona: steward, personas, settings }, text, signal);
  if ("undecided" in decision) {
    const reasons = [rule.reason, decision.undecided].filter((each) => each !== "");
    return alone(rule.persona, reasons.join("; "));
  }
  const [only, ...others] = decision.personas;
  if (others.length === 0) return alone(only!, decision.reason);
  return { ...decision, deliberate: false, speaker: steward };
}

function alone(persona: Persona, reason: string): Cast {
  return { personas: [persona], speaker: persona, manner: "side_by_side", deliberate: false, reason };
}
