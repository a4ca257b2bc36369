/** What the personas cost: summed from the exchanges themselves, so that what is undone or forgotten is not counted. */
import { keys } from "../../kv/mod.ts";
import type { Usage } from "../orchestrator/mod.ts";
import type { World } from "../world/mod.ts";
import { readExchange } from "./exchange_form.ts";
import { THREADS_MAX, USAGE_ANSWERS_MAX } from "./limits.ts";

/** The shape that `ui/protocol/conversation.ts` calls UsageView. */
export interface UsageReport {
  readonly personas: PersonaUsage[];
  /** Answers that were looked at. */
  readonly answers: number;
  readonly more: boolean;
}

export interface PersonaUsage {
  readonly persona_id: string;
  readonly persona_name: string;
  readonly answers: number;
  readonly prompt_tokens: number;
  readonly tokens: number;
  readonly tokens_per_second: number | null;
  /** Medians, milliseconds. */
  readonly first_token_ms: number;
  readonly total_ms: number;
}

interface Spoken {
  readonly persona_id: string;
  readonly persona_name: string;
  readonly usage: Usage;
}

/** Over the answers of the latest threads, at most `USAGE_ANSWERS_MAX`; an answer that names no usage is passed over. */
export async function usageOf(world: World): Promise<UsageReport> {
  const spoken: Spoken[] = [];
  let answers = 0;
  for await (
    const { key: thread } of await childrenOf(world, await world.find("exchange_prototype"), THREADS_MAX)
  ) {
    const left = USAGE_ANSWERS_MAX - answers + 1;
    for await (const { key } of await childrenOf(world, thread.at(-1) as string, left)) {
      if (answers === USAGE_ANSWERS_MAX) return { personas: summed(spoken), answers, more: true };
      const resident = await world.registry.load(key.at(-1) as string);
      if (resident === null || resident.state === "quarantined") continue;
      const { persona_id, persona_name, mind, details } = readExchange(resident.context, "", "");
      answers++;
      // Who only quotes the memory costs nothing.
      if (mind === "recall") continue;
      const all = [...details.voices, ...details.replays, { persona_id, persona_name, usage: details.usage }];
      spoken.push(...all.flatMap(({ usage, ...who }) => usage === undefined ? [] : [{ ...who, usage }]));
    }
  }
  return { personas: summed(spoken), answers, more: false };
}

/** The latest first; none for nobody. */
function childrenOf(world: World, parent: string | null, limit: number) {
  return parent === null ? [] : world.store.list(keys.children(parent), { limit, reverse: true });
}

/** Those with most tokens first. */
function summed(spoken: readonly Spoken[]): PersonaUsage[] {
  const byPersona = Map.groupBy(spoken, ({ persona_id }) => persona_id);
  const personas = [...byPersona.values()].map((all): PersonaUsage => {
    const usages = all.map(({ usage }) => usage);
    const speakingMs = sum(usages.map(({ first_token_ms, total_ms }) => total_ms - first_token_ms));
    const tokens = sum(usages.map((each) => each.tokens));
    // The first token of each answer belongs to the wait for it.
    const spokenTokens = sum(usages.map((each) => Math.max(0, each.tokens - 1)));
    return {
      persona_id: all[0]!.persona_id,
      persona_name: all[0]!.persona_name,
      answers: all.length,
      prompt_tokens: sum(usages.map((each) => each.prompt_tokens ?? 0)),
      tokens,
      tokens_per_second: speakingMs > 0 ? Math.round(spokenTokens / speakingMs * 10_000) / 10 : null,
      first_token_ms: median(usages.map((each) => each.first_token_ms)),
      total_ms: median(usages.map((each) => each.total_ms)),
    };
  });
  return personas.sort((one, other) => other.tokens - one.tokens);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
