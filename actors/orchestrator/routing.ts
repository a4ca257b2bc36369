/** Who answers a question: the persona that was asked for, else the first rule that speaks loudest. Pure. */
import { OrchestratorError } from "./errors.ts";
import type { OrchestratorSettings, Persona, Scenario } from "./ports.ts";

export interface Route {
  readonly persona: Persona;
  /** Why, in words. */
  readonly reason: string;
  /** False when no rule spoke, or two of different personas spoke equally loud. */
  readonly isSure: boolean;
}

/**
 * The persona with this name or oid.
 * @throws OrchestratorError `unknown_persona`
 */
export function findPersona(personas: readonly Persona[], name: string): Persona {
  const wanted = name.normalize("NFC");
  const found = personas.find((each) => each.oid === wanted) ??
    personas.find((each) => each.name === wanted) ??
    personas.find((each) => each.name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const names = personas.map((each) => each.name);
  throw new OrchestratorError("unknown_persona", `There is no persona "${name.slice(0, 200)}"`, {
    hint: `Ask one of ${names.join(", ")}, or nobody in particular.`,
    details: { persona: name.slice(0, 200), personas: names },
  });
}

/**
 * Phrases count by their words, each once; the highest count wins, and the earlier row of the table on a tie.
 * `personas` must not be empty.
 */
export function route(
  text: string,
  personas: readonly Persona[],
  settings: Pick<OrchestratorSettings, "scenarios" | "defaultPersona">,
): Route {
  const words = wordsOf(text);
  let best: { scenario: Scenario; persona: Persona; matched: string[]; score: number } | null = null;
  let isSure = true;
  for (const scenario of settings.scenarios) {
    const persona = personas.find((each) => each.name === scenario.persona);
    if (persona === undefined) continue;
    const matched = scenario.words.flatMap((phrase) => matchOf(words, wordsOf(phrase)) ?? []);
    const score = new Set(matched.flatMap((each) => each.split(" "))).size;
    if (score > (best?.score ?? 0)) {
      best = { scenario, persona, matched: [...new Set(matched)], score };
      isSure = true;
    } else if (score > 0 && score === best?.score && persona !== best.persona) isSure = false;
  }
  if (best !== null) {
    const spoken = best.matched.slice(0, 4).map((each) => `"${each}"`).join(", ");
    return {
      persona: best.persona,
      reason: `${best.persona.name}: ${best.scenario.name}, as you wrote ${spoken}`,
      isSure,
    };
  }
  const usual = personas.find((each) => each.name === settings.defaultPersona) ?? personas[0];
  if (usual === undefined) throw noPersona();
  return { persona: usual, reason: `${usual.name} answers what has no specialist`, isSure: false };
}

/** The error of an image in which nobody is left to answer. */
export function noPersona(): OrchestratorError {
  return new OrchestratorError("no_persona", "Nobody can answer, as the image has no persona", {
    hint: "Undo the deletion of the last one, or extend persona_prototype.",
  });
}

function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(/[\p{L}\p{N}'’]+\*?/gu) ?? [];
}

/** The words of the text that the phrase stands for, or null. */
function matchOf(words: readonly string[], phrase: readonly string[]): string | null {
  if (phrase.length === 0) return null;
  for (let at = 0; at + phrase.length <= words.length; at++) {
    const fits = phrase.every((part, index) => {
      const word = words[at + index] ?? "";
      return part.endsWith("*") ? word.startsWith(part.slice(0, -1)) : word === part;
    });
    if (fits) return words.slice(at, at + phrase.length).join(" ");
  }
  return null;
}
