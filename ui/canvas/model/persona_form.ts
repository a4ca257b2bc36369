/** A persona's slots as the fields of a form, and back: only what was changed becomes a slot of its own. Pure. */
import type { ObjectView, WireValue } from "../../protocol.ts";

const GIGABYTE = 1_000_000_000;

export interface PersonaFields {
  readonly role: string;
  readonly prompt: string;
  readonly model: string;
  /** Of memory, when it is loaded. */
  readonly gigabytes: string;
  /** Seconds, or a time such as 5m; -1 for ever, 0 not at all. */
  readonly keepAlive: string;
  /** Tokens; empty leaves it to the orchestrator. */
  readonly context: string;
  readonly length: string;
  readonly temperature: string;
}

export interface SlotChange {
  readonly slot: string;
  readonly value: WireValue;
}

/** Whether the first of the chain is one that answers, or what they descend from. */
export function isPersona(chain: readonly ObjectView[]): boolean {
  return chain.some(({ name }) => name === "persona_prototype");
}

/** What holds for the first of the chain: its own slots, else the nearest inherited ones. */
export function personaFields(chain: readonly ObjectView[]): PersonaFields {
  const value = (slot: string) => chain.find(({ slots }) => Object.hasOwn(slots, slot))?.slots[slot];
  const options = optionsOf(value("options"));
  const bytes = value("vram_bytes");
  return {
    role: textOf(value("role")),
    prompt: textOf(value("prompt")),
    model: textOf(value("model")),
    gigabytes: typeof bytes === "number" ? String(bytes / GIGABYTE) : "",
    keepAlive: textOf(value("keep_alive")),
    context: textOf(options["num_ctx"]),
    length: textOf(options["num_predict"]),
    temperature: textOf(options["temperature"]),
  };
}

/** The slots to be set, or why a field is wrong. */
export function changedSlots(
  chain: readonly ObjectView[],
  fields: PersonaFields,
): { readonly ok: true; readonly changes: readonly SlotChange[] } | {
  readonly ok: false;
  readonly reason: string;
} {
  const before = personaFields(chain);
  const changes: SlotChange[] = [];
  for (const field of ["role", "prompt", "model"] as const) {
    if (fields[field] !== before[field]) changes.push({ slot: field, value: fields[field].trim() });
  }
  if (fields.gigabytes !== before.gigabytes) {
    const gigabytes = Number(fields.gigabytes);
    if (fields.gigabytes.trim() === "" || !(gigabytes >= 0)) {
      return wrong("Memory must be a number of gigabytes");
    }
    changes.push({ slot: "vram_bytes", value: Math.round(gigabytes * GIGABYTE) });
  }
  if (fields.keepAlive !== before.keepAlive) {
    const keep = fields.keepAlive.trim();
    if (!/^(?:-?\d+|(?:\d+(?:\.\d+)?(?:ms|s|m|h))+)$/.test(keep)) {
      return wrong("Kept loaded must be seconds, a time such as 5m, -1 for ever or 0");
    }
    changes.push({ slot: "keep_alive", value: /^-?\d+$/.test(keep) ? Number(keep) : keep });
  }
  const options = changedOptions(chain, before, fields);
  if (typeof options === "string") return wrong(options);
  if (options !== null) changes.push({ slot: "options", value: options });
  return { ok: true, changes };
}

const OPTIONS = [
  [
    "context",
    "num_ctx",
    "Context must be a whole number of tokens",
    (value: number) => Number.isInteger(value) && value >= 1,
  ],
  [
    "length",
    "num_predict",
    "Longest answer must be a whole number of tokens",
    (value: number) => Number.isInteger(value) && value >= 1,
  ],
  [
    "temperature",
    "temperature",
    "Temperature must be a number from 0 to 2",
    (value: number) => value >= 0 && value <= 2,
  ],
] as const;

/** Null when they are as they were; a text when a field is wrong. Options without a field stay. */
function changedOptions(
  chain: readonly ObjectView[],
  before: PersonaFields,
  fields: PersonaFields,
): Record<string, WireValue> | null | string {
  if (OPTIONS.every(([field]) => fields[field] === before[field])) return null;
  const holder = chain.find(({ slots }) => Object.hasOwn(slots, "options"));
  const options = { ...optionsOf(holder?.slots["options"]) };
  for (const [field, option, reason, isRight] of OPTIONS) {
    if (fields[field].trim() === "") delete options[option];
    else if (!isRight(Number(fields[field]))) return reason;
    else options[option] = Number(fields[field]);
  }
  return options;
}

function optionsOf(value: WireValue | undefined): Record<string, WireValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, WireValue>
    : {};
}

function textOf(value: WireValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function wrong(reason: string) {
  return { ok: false, reason } as const;
}
