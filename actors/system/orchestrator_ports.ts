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
  prompt: z.string().default("You answer briefly and honestly."),
  role: z.string().default("persona"),
  model: z.string().default(""),
  vram_bytes: z.number().nonnegative().default(0),
  keep_alive: z.union([z.string(), z.number()], "it is a number of seconds, or a time such as 5m").default(
    "5m",
  ),
  options: z.record(z.string(), z.unknown(), "it is an object of options, such as {}").default({}),
});
type PersonaSlots = z.infer<typeof personaSchema>;

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

/** A slot that is wrong leaves what is right, and is named: who asks this persona is told. */
async function readPersona(world: World, context: ObjectContext): Promise<Persona> {
  const slots = await inheritedSlots(world, context);
  const parsed = personaSchema.safeParse(slots);
  const [issue] = parsed.error?.issues ?? [];
  const slot = String(issue?.path[0] ?? "");
  const { prompt, role, model, vram_bytes, keep_alive, options } = parsed.data ?? rightSlots(slots);
  return {
    oid: context.oid,
    name: context.name ?? context.oid,
    prompt,
    role,
    model,
    vramBytes: vram_bytes,
    keepAlive: keep_alive,
    options,
    ...(issue === undefined ? {} : { problem: { slot, message: issue.message } }),
  };
}

function rightSlots(slots: Record<string, unknown>): PersonaSlots {
  const right = Object.entries(slots).filter(([name, value]) =>
    personaSchema.shape[name as keyof PersonaSlots]?.safeParse(value).success
  );
  return personaSchema.parse(Object.fromEntries(right));
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

/** What the slots of the object `orchestrator` say; a slot that is not there leaves the default. */
async function readSettings(world: World): Promise<Partial<OrchestratorSettings>> {
  const value = await orchestratorSlots(world);
  // The orchestrator validates what it is given and names the field that is wrong.
  const given = {
    vramBudgetBytes: value("vram_budget_bytes"),
    scenarios: value("scenarios"),
    defaultPersona: value("default_persona"),
    router: value("router"),
    onFailure: value("on_failure"),
    memoriesUsed: value("memories_used"),
    historyUsed: value("history_used"),
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
    recall: (query, k, signal) => memories.recall(query, k, { signal }),
    history: (thread, limit) => exchanges.history(thread, limit),
    storeExchange: (exchange, signal) => exchanges.store(exchange, signal),
    storeReplay: (replay, signal) => exchanges.storeReplay(replay, signal),
    replayable: (exchange) => exchanges.replayable(exchange),
    emit,
    settings: () => readSettings(world),
  };
}
