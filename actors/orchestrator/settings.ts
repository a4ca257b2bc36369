/** The orchestrator's settings: defaults as data, and what the image says over them, validated. */
import { z } from "zod";
import { OrchestratorError } from "./errors.ts";
import { orchestratorLimits, scenariosMax, scenarioWordsMax, vramBudgetBytes } from "./limits.ts";
import type { OrchestratorPorts, OrchestratorSettings } from "./ports.ts";

/** The routing table of a new image. */
export const defaultSettings: OrchestratorSettings = {
  vramBudgetBytes,
  defaultPersona: "ALFRED",
  router: "model",
  onFailure: "continue",
  memoriesUsed: orchestratorLimits.memoriesMax,
  historyUsed: orchestratorLimits.exchangesMax,
  scenarios: [
    {
      name: "technical deconstruction",
      persona: "BRICK",
      words: [
        "algorithm*",
        "api",
        "architect*",
        "break down",
        "bug",
        "bugs",
        "build",
        "code",
        "coding",
        "compil*",
        "crash*",
        "databas*",
        "debug*",
        "deconstruct*",
        "deploy*",
        "engineer*",
        "error",
        "exception",
        "function",
        "how does it work",
        "implement*",
        "kernel",
        "latency",
        "memory leak",
        "method",
        "optimi*",
        "parse*",
        "performance",
        "program*",
        "protocol",
        "prove",
        "refactor*",
        "regex",
        "script",
        "server",
        "software",
        "stack trace",
        "step by step",
        "technical*",
        "test fails",
        "typescript",
        "python",
        "rust",
      ],
    },
    {
      name: "empathetic synthesis",
      persona: "ROBIN",
      words: [
        "afraid",
        "alone",
        "angry",
        "anxi*",
        "ashamed",
        "breakup",
        "comfort*",
        "cry",
        "crying",
        "depress*",
        "feel",
        "feeling*",
        "feels",
        "felt",
        "friendship",
        "grief",
        "griev*",
        "guilty",
        "happy",
        "heartbroken",
        "hopeless",
        "hurt",
        "hurts",
        "joy",
        "lonel*",
        "lost someone",
        "love",
        "miss her",
        "miss him",
        "miss you",
        "overwhelm*",
        "relationship*",
        "sad",
        "scared",
        "sorry for",
        "stress*",
        "struggl*",
        "tired of",
        "upset",
        "worr*",
      ],
    },
    {
      name: "factual inquiry",
      persona: "BABS",
      words: [
        "born in",
        "capital of",
        "date of",
        "define",
        "definition*",
        "distance",
        "fact",
        "facts",
        "factual",
        "how far",
        "how high",
        "how large",
        "how long is",
        "how many",
        "how much",
        "how old",
        "how tall",
        "in which year",
        "inventor",
        "list all",
        "meaning of",
        "population",
        "source for",
        "statistic*",
        "what year",
        "when did",
        "when does",
        "when is",
        "when was",
        "when were",
        "where is",
        "where was",
        "which country",
        "which year",
        "who discovered",
        "who invented",
        "who is",
        "who was",
        "who wrote",
      ],
    },
  ],
};

const settingsSchema = z.object({
  vramBudgetBytes: z.number().positive().optional(),
  defaultPersona: z.string().min(1).optional(),
  router: z.enum(["rules", "model"]).optional(),
  onFailure: z.enum(["continue", "stop"]).optional(),
  memoriesUsed: z.number().int().nonnegative().optional(),
  historyUsed: z.number().int().nonnegative().optional(),
  scenarios: z.array(z.object({
    name: z.string().min(1).max(100),
    persona: z.string().min(1).max(200),
    words: z.array(z.string().min(1).max(100)).max(scenarioWordsMax),
  })).max(scenariosMax).optional(),
});

/** @throws OrchestratorError `settings_invalid` that names the field */
export async function readSettings(ports: OrchestratorPorts): Promise<OrchestratorSettings> {
  const given = await ports.settings?.() ?? {};
  const result = settingsSchema.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0];
    const field = slotOf(issue?.path.join(".") ?? "");
    throw new OrchestratorError(
      "settings_invalid",
      `Cannot use the orchestrator's settings as ${field} is wrong: ${issue?.message ?? "unknown"}`,
      { hint: `Correct ${field} on the object "orchestrator", or undo the change.`, details: { field } },
    );
  }
  const said = Object.entries(result.data).filter(([, value]) => value !== undefined);
  return { ...defaultSettings, ...Object.fromEntries(said) };
}

/** As it is written in the image: `memoriesUsed` is the slot `memories_used`. */
function slotOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
