/**
 * A JSON schema as Ollama can hold a model to it. Great bounds on the length of a text are left out: its grammar repeats a
 * rule as often as the bound says, and the runner dies of thousands. Whoever asked checks the answer against the whole.
 */
import { heldLengthMax } from "./limits.ts";

const lengths = ["minLength", "maxLength"];

/** The same schema without bounds beyond `heldLengthMax` on the length of texts. */
export function heldFormat(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(heldFormat);
  if (typeof schema !== "object" || schema === null) return schema;
  // A property of that name has a schema of its own, which is no number.
  const kept = Object.entries(schema).filter(([name, value]) =>
    !(lengths.includes(name) && typeof value === "number" && value > heldLengthMax)
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, heldFormat(value)]));
}
