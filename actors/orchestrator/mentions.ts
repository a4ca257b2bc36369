/** `@name` at the beginning of a question: who is to answer, written where the question is. Pure. */
import { personasAskedMax } from "./limits.ts";
import type { Persona } from "./ports.ts";

export interface Mentioned {
  /** Each once, in the order in which they were named. */
  readonly personas: readonly Persona[];
  /** The question without the names. */
  readonly text: string;
  /** A name after `@` that nobody has. */
  readonly unknown: string | null;
}

/** Names may hold spaces, so the longest that fits is taken; `@all` is everybody. Case does not matter. */
export function mentionsIn(text: string, personas: readonly Persona[]): Mentioned {
  const byLength = personas.toSorted((one, other) => other.name.length - one.name.length);
  const found = new Set<Persona>();
  let rest = text.trimStart();
  while (rest.startsWith("@")) {
    const after = rest.slice(1);
    const named = byLength.find(({ name }) => beginsWith(after, name));
    if (named !== undefined) found.add(named);
    else if (!beginsWith(after, "all")) break;
    else for (const each of personas.slice(0, personasAskedMax)) found.add(each);
    rest = after.slice(named?.name.length ?? "all".length).replace(/^(?:\s*(?:,|:|;|and(?=\s*@)))?\s*/u, "");
  }
  const unknown = /^@([\p{L}\p{N}_-]+)(?=[\s,:;]|$)/u.exec(rest)?.[1] ?? null;
  // Names alone ask nothing: the text stands as it was written.
  return { personas: [...found], text: rest === "" ? text : rest, unknown };
}

/** As a whole word. */
function beginsWith(text: string, name: string): boolean {
  if (text.slice(0, name.length).toLowerCase() !== name.toLowerCase()) return false;
  return !/^[\p{L}\p{N}_-]/u.test(text.slice(name.length));
}
