/** What the orchestrator sees of the image: personas, settings and threads, read anew at every question. */
import { z } from "zod";
import { keys } from "../../kv/mod.ts";
import { type Json, lookup, type ObjectContext, slotToWire } from "../object/mod.ts";
import type {
  OrchestratorEvent,
  OrchestratorPorts,
  OrchestratorSettings,
  Persona,
} from "../orchestrator/mod.ts";
import type { World } from "../world/mod.ts";
import type { Exchanges } from "./exchanges.ts";
import type { Memories } from "./memories.ts";

const personaSchema = z.object({
  prompt: z.string().catch("You answer briefly and honestly."),
  role: z.string().catch("persona"),
  model: z.string().catch(""),
  vram_bytes: z.number().nonnegative().catch(0),
  keep_alive: z.union([z.string(), z.number()]).catch("5m"),
  options: z.record(z.string(), z.unknown()).catch({}),
});

const PERSONAS_MAX = 100;

/** Everything that descends from `persona_prototype`, nearest first, in the order it was made. */
export async function readPersonas(world: World): Promise<Persona[]> {
  const prototype = await world.find("persona_prototype");
  const personas: Persona[] = [];
  const open = prototype === null ? [] : [prototype];
  for (const parent of open) {
    for await (const { key } of world.store.list(keys.children(parent), { limit: PERSONAS_MAX })) {
      const oid = key.at(-1) as string;
      const resident = await world.registry.load(oid);
      if (resident === null || resident.state === "quarantined" || open.includes(oid)) continue;
      open.push(oid);
      personas.push(await readPersona(world, resident.context));
      if (personas.length === PERSONAS_MAX) return personas;
    }
  }
  return personas;
}

async function readPersona(world: World, context: ObjectContext): Promise<Persona> {
  const slots = await inheritedSlots(world, context);
  const { prompt, role, model, vram_bytes, keep_alive, options } = personaSchema.parse(slots);
  const name = context.name ?? context.oid;
  return {
    oid: context.oid,
    name,
    prompt,
    role,
    model,
    vramBytes: vram_bytes,
    keepAlive: keep_alive,
    options,
  };
}

const PERSONA_SLOTS = ["prompt", "role", "model", "vram_bytes", "keep_alive", "options"];

async function inheritedSlots(world: World, context: ObjectContext): Promise<Record<string, unknown>> {
  return await world.look((contextOf) => {
    const values: Record<string, unknown> = {};
    for (const name of PERSONA_SLOTS) {
      const found = lookup(context.oid, name, contextOf);
      if (found !== null) values[name] = slotToWire(found.slot);
    }
    return values;
  });
}

/** The data slots of the object `orchestrator`, by name; undefined for what is not there. */
async function orchestratorSlots(world: World): Promise<(name: string) => Json | undefined> {
  const oid = await world.find("orchestrator");
  if (oid === null) return () => undefined;
  const { slots } = await world.context(oid);
  return (name) => slots[name]?.kind === "data" ? slots[name].value : undefined;
}

/** How many of `most` a person wants to be used: a slot that says nothing sensible leaves them all. */
async function wanted(world: World, slot: string, most: number): Promise<number> {
  const value = (await orchestratorSlots(world))(slot);
  return typeof value === "number" && value >= 0 ? Math.min(most, Math.floor(value)) : most;
}

/** What the slots of the object `orchestrator` say; a slot that is not there leaves the default. */
async function readSettings(world: World): Promise<Partial<OrchestratorSettings>> {
  const value = await orchestratorSlots(world);
  // The orchestrator validates what it is given and names the field that is wrong.
  const given = {
    vramBudgetBytes: value("vram_budget_bytes"),
    scenarios: value("scenarios"),
    defaultPersona: value("default_persona"),
  };
  return Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));
}

export interface OrchestratorPortsOptions {
  readonly world: World;
  readonly memories: Memories;
  readonly exchanges: Exchanges;
  readonly emit: (event: OrchestratorEvent) => void;
}

export function orchestratorPorts(options: OrchestratorPortsOptions): OrchestratorPorts {
  const { world, memories, exchanges, emit } = options;
  return {
    personas: () => readPersonas(world),
    recall: async (query, most, signal) => {
      const k = await wanted(world, "memories_used", most);
      return k === 0 ? [] : await memories.recall(query, k, { signal });
    },
    history: async (thread, most) => {
      const limit = await wanted(world, "history_used", most);
      return limit === 0 ? [] : await exchanges.history(thread, limit);
    },
    storeExchange: (exchange, signal) => exchanges.store(exchange, signal),
    emit,
    settings: () => readSettings(world),
  };
}
