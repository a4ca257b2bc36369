/**
 * What models take when they are loaded, as the server's list has shown it. A longer context takes more: for one that
 * was not seen yet, what lies beyond the file grows in proportion.
 */
import { fullModelName, type LoadedModel } from "../minds/mod.ts";
import { learnedContextsMax, learnedModelsMax, unseenMargin } from "./limits.ts";

export interface SizeQuestion {
  readonly model: string;
  /** What its persona declares; 0 when it declares nothing. */
  readonly declaredBytes: number;
  readonly fileBytes: number;
  readonly contextTokens?: number | undefined;
}

/** A server that does not say with how much context it loaded a model. */
const UNKNOWN_CONTEXT = 0;

export class LearnedSizes {
  /** Bytes by context, by full name; what was seen last comes last. */
  readonly #seen = new Map<string, Map<number, number>>();

  learn({ model, bytes, contextTokens = UNKNOWN_CONTEXT }: LoadedModel): void {
    const name = fullModelName(model);
    const sizes = this.#seen.get(name) ?? new Map<number, number>();
    putLast(sizes, contextTokens, bytes, learnedContextsMax);
    putLast(this.#seen, name, sizes, learnedModelsMax);
  }

  /** Bytes that it takes, or will take as far as one can know. */
  costOf({ model, declaredBytes, fileBytes, contextTokens }: SizeQuestion): number {
    const sizes = this.#seen.get(fullModelName(model));
    if (sizes === undefined) {
      return declaredBytes > 0 ? Math.max(declaredBytes, fileBytes) : Math.round(fileBytes * unseenMargin);
    }
    const exact = contextTokens === undefined ? undefined : sizes.get(contextTokens);
    if (exact !== undefined) return exact;
    return Math.max(...[...sizes].map(([seen, bytes]) => scaled(bytes, fileBytes, seen, contextTokens)));
  }
}

/** Never less than what was seen: a shorter context is not trusted to take less until it is shown to. */
function scaled(bytes: number, fileBytes: number, seenTokens: number, tokens = seenTokens): number {
  if (seenTokens === UNKNOWN_CONTEXT || tokens <= seenTokens) return bytes;
  const beyondFile = Math.max(0, bytes - fileBytes);
  return Math.round(bytes + beyondFile * (tokens / seenTokens - 1));
}

function putLast<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
