/** Rows that stay where they are while one works in them, whatever comes and goes around them. */
import { useRef } from "preact/hooks";

/** The names in the order in which they were first shown; new ones at the end. */
export function useStableOrder(names: readonly string[]): readonly string[] {
  const shown = useRef<readonly string[]>([]);
  const wanted = new Set(names);
  const stay = shown.current.filter((name) => wanted.has(name));
  const known = new Set(stay);
  shown.current = [...stay, ...names.filter((name) => !known.has(name))];
  return shown.current;
}
