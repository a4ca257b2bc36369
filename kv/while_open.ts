/** Reading from a database that may be closed meanwhile: what was under way then ends in an error of the store. */
import { StoreClosedError } from "./errors.ts";
import type { Key } from "./keys.ts";

/** Whether the database failed as it is closed: what is asked for then, and what was under way, end in errors of their own. */
export function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof TypeError && error.message === "Database is closed.";
}

/** @throws StoreClosedError */
export async function* listWhileOpen(
  kv: Deno.Kv,
  selector: Deno.KvListSelector,
  options?: Deno.KvListOptions,
): AsyncGenerator<Deno.KvEntry<unknown>> {
  try {
    yield* kv.list<unknown>(selector, options);
  } catch (error) {
    throw isClosed(error) ? new StoreClosedError() : error;
  }
}

/** @throws StoreClosedError */
export async function getWhileOpen(kv: Deno.Kv, key: Key): Promise<Deno.KvEntryMaybe<unknown>> {
  try {
    return await kv.get<unknown>(key);
  } catch (error) {
    throw isClosed(error) ? new StoreClosedError() : error;
  }
}
