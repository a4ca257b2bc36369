/**
 * A JSON schema as Ollama can hold a model to it. Bounds on the length of a text are left out: its grammar repeats a
 * rule as often as the bound says, and the runner dies of thousands. Whoever asked checks the answer against the whole.
 */
const lengths = ["minLength", "maxLength"];

/** The same schema without bounds on the length of texts. */
export function heldFormat(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(heldFormat);
  if (typeof schema !== "object" || schema === null) return schema;
  // A property of that name has a schema of its own, which is no number.
  const kept = Object.entries(schema).filter(([name, value]) =>
    !(lengths.includes(name) && typeof value === "number")
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, heldFormat(value)]));
}
