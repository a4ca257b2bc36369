/**
 * What the rules do not know, the steward decides: the default persona's model is held to a schema and says who
 * answers. It has little time; what it says too late or wrongly leaves the rule, and the reason tells so.
 */
import { z } from "zod";
import { reasonOf } from "../minds/mod.ts";
import { decisionTokens, personasDecidedMax } from "./limits.ts";
import type { MindRequest, StepParts } from "./mind_room.ts";
import type { Persona } from "./ports.ts";
import { type Manner, mannerInWords } from "./schedule.ts";
import { structuredReply } from "./structured.ts";

export interface Decision {
  readonly personas: readonly Persona[];
  readonly manner: Manner;
  readonly reason: string;
}

/** `who.persona` decides among `who.personas`. @throws the signal's reason, and nothing else */
export async function decide(
  parts: StepParts,
  who: MindRequest,
  text: string,
  signal: AbortSignal,
): Promise<Decision | { readonly undecided: string }> {
  const { persona, personas } = who;
  const inTime = AbortSignal.timeout(parts.limits.decisionMs);
  try {
    const answer = await structuredReply(parts, who, {
      messages: [
        { role: "system", content: instruction(personas) },
        { role: "user", content: text },
      ],
      format: shapeOf(personas),
      options: { temperature: 0, num_predict: decisionTokens },
      signal: AbortSignal.any([signal, inTime]),
    });
    // Without any model nobody is unsure: the answer itself says why none is there.
    if ("unavailable" in answer) return { undecided: "" };
    return read(answer.text, persona, personas);
  } catch (cause) {
    signal.throwIfAborted();
    const why = inTime.aborted ? `not within ${parts.limits.decisionMs} ms` : reasonOf(cause);
    return { undecided: `${persona.name} was asked who answers, and could not say: ${why}` };
  }
}

function instruction(personas: readonly Persona[]): string {
  return [
    "Decide who answers the person's next message. Choose one, or two or three when the message needs different " +
    "ways of thinking. Give a short reason. These can answer:",
    ...personas.map(({ name, role }) => `- ${name}: ${role}`),
  ].join("\n");
}

function shapeOf(personas: readonly Persona[]): unknown {
  return {
    type: "object",
    properties: {
      personas: {
        type: "array",
        items: { type: "string", enum: personas.map(({ name }) => name) },
        minItems: 1,
        maxItems: personasDecidedMax,
      },
      manner: { type: "string", enum: ["side_by_side", "in_turn"] },
      reason: { type: "string", maxLength: 200 },
    },
    required: ["personas", "manner", "reason"],
  };
}

const decisionSchema = z.object({
  personas: z.array(z.string()).min(1),
  manner: z.enum(["side_by_side", "in_turn"]),
  reason: z.string(),
});

function read(
  text: string,
  decider: Persona,
  personas: readonly Persona[],
): Decision | { readonly undecided: string } {
  const parsed = z.string().transform((json, context) => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "it is not JSON" });
      return z.NEVER;
    }
  }).pipe(decisionSchema).safeParse(text);
  if (!parsed.success) {
    const why = parsed.error.issues[0]?.message ?? "its shape is wrong";
    return { undecided: `${decider.name} was asked who answers, and what came cannot be read: ${why}` };
  }
  const { manner, reason } = parsed.data;
  const names = [...new Set(parsed.data.personas)].slice(0, personasDecidedMax);
  const chosen = names.flatMap((name) => personas.find((each) => each.name === name) ?? []);
  if (chosen.length < names.length) {
    return { undecided: `${decider.name} was asked who answers, and named somebody who is not there` };
  }
  const together = chosen.length === 1
    ? chosen[0]!.name
    : `${chosen.map(({ name }) => name).join(" and ")} ${mannerInWords({ manner, deliberate: false })}`;
  const because = reason.trim() === "" ? "" : `, as "${reason.trim().slice(0, 200)}"`;
  return { personas: chosen, manner, reason: `${together}: ${decider.name} decided${because}` };
}
