/** What the lexical index holds of an object: a pure function of its stored form. */
import type { LexicalRow, Scalar } from "../../../vector/mod.ts";
import { isMasked } from "../memory_text.ts";
import { CHOSEN_SLOTS_MAX, CHOSEN_TEXT_MAX } from "./limits.ts";

type Slots = Readonly<
  Record<string, { readonly kind?: unknown; readonly value?: unknown; readonly oid?: unknown }>
>;

interface Form {
  readonly snapshot?: {
    readonly context?: {
      readonly slots?: Slots;
      readonly parents?: readonly string[];
      readonly createdAt?: number;
    };
  };
}

/** Slots that stand in the row under a name of their own. */
const OWN = new Set(["text_chunk", "creation_timestamp", "source", "thread", "kind", "importance"]);

/**
 * Null when nothing is to be found of it. A look at the stored form without validating it, as every object that changes
 * is looked at; what is shown of a hit is validated when it is read.
 */
export function lexicalRow(oid: string, stored: unknown): LexicalRow | null {
  const context = (stored as Form | null)?.snapshot?.context;
  const slots = context?.slots;
  const text = textIn(slots, "text_chunk");
  if (
    context === undefined || slots === undefined || text === null || text === "" || isMasked(slots.masked)
  ) {
    return null;
  }
  const kind = kindOf(slots);
  const importance = numberIn(slots, "importance") ?? 0;
  return {
    id: oid,
    text,
    // The exchanges of a conversation extend the object that stands for it.
    thread: textIn(slots, "thread") ?? (kind === "exchange" ? context.parents?.[0] ?? null : null),
    at: numberIn(slots, "creation_timestamp") ?? context.createdAt ?? 0,
    source: textIn(slots, "source"),
    kind,
    importance: Math.min(1, Math.max(0, importance)),
    slots: chosenBy(slots),
  };
}

/** Whether two rows are found and chosen by the same. */
export function sameRow(a: LexicalRow | null, b: LexicalRow | null): boolean {
  return a === b || (a !== null && b !== null && JSON.stringify(a) === JSON.stringify(b));
}

function kindOf(slots: Slots): string {
  const said = textIn(slots, "kind");
  if (said !== null && said !== "") return said.slice(0, CHOSEN_TEXT_MAX);
  if (textIn(slots, "answer_id") !== null) return "exchange";
  return textIn(slots, "definition_text") === null ? "memory" : "concept";
}

function chosenBy(slots: Slots): Record<string, Scalar> {
  const chosen: [string, Scalar][] = [];
  for (const [name, { kind, value, oid }] of Object.entries(slots)) {
    if (OWN.has(name) || chosen.length === CHOSEN_SLOTS_MAX) continue;
    if (kind === "reference" && typeof oid === "string") chosen.push([name, oid]);
    else if (kind === "data" && isScalar(value)) chosen.push([name, value]);
  }
  return Object.fromEntries(chosen);
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string"
    ? value.length <= CHOSEN_TEXT_MAX
    : typeof value === "number" || typeof value === "boolean";
}

function textIn(slots: Slots | undefined, name: string): string | null {
  const slot = slots?.[name];
  return slot?.kind === "data" && typeof slot.value === "string" ? slot.value : null;
}

function numberIn(slots: Slots, name: string): number | null {
  const slot = slots[name];
  return slot?.kind === "data" && typeof slot.value === "number" ? slot.value : null;
}
