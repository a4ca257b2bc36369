/**
 * What changed the same things after a thought: looked up change by change, so that it costs what happened to them
 * and not what happened at all; a thought that changed very much is compared with the log instead.
 */
import type { LogEntry, Position, Store } from "../../kv/mod.ts";
import { LATER_BY_KEY_MAX, LATER_CHANGES_MAX } from "./limits.ts";

const LOG_PAGE = 256;

export interface LaterChanges {
  /** The oldest first. */
  readonly entries: readonly LogEntry[];
  /** Whether there are more than are listed. */
  readonly more: boolean;
}

/** The thoughts after `entry` that changed a key that it changed, at most `LATER_CHANGES_MAX`. */
export async function laterChanges(store: Store, entry: LogEntry): Promise<LaterChanges> {
  return entry.changes.length <= LATER_BY_KEY_MAX ? await byKey(store, entry) : await byLog(store, entry);
}

async function byKey(store: Store, { position, changes }: LogEntry): Promise<LaterChanges> {
  const found = new Set<Position>();
  for (const { key } of changes) {
    for (let after = position; found.size <= LATER_CHANGES_MAX;) {
      const page = await store.changesOf(key, { after, limit: LOG_PAGE });
      for (const each of page) found.add(each);
      if (page.length < LOG_PAGE) break;
      after = page.at(-1)!;
    }
  }
  const positions = [...found].sort();
  const entries: LogEntry[] = [];
  for (const each of positions.slice(0, LATER_CHANGES_MAX)) {
    const later = await store.logEntry(each);
    if (later !== null) entries.push(later);
  }
  return { entries, more: positions.length > LATER_CHANGES_MAX };
}

async function byLog(store: Store, { position, changes }: LogEntry): Promise<LaterChanges> {
  const touched = new Set(changes.map(({ key }) => key.join("/")));
  const entries: LogEntry[] = [];
  for (let after = position;;) {
    const page = await store.log({ after, limit: LOG_PAGE });
    for (const each of page) {
      if (!each.changes.some(({ key }) => touched.has(key.join("/")))) continue;
      if (entries.length === LATER_CHANGES_MAX) return { entries, more: true };
      entries.push(each);
    }
    if (page.length < LOG_PAGE) return { entries, more: false };
    after = page.at(-1)!.position;
  }
}

/** The oids that a thought changed anything of. */
export function objectsOf({ changes }: Pick<LogEntry, "changes">): string[] {
  return [...new Set(changes.map(({ key }) => key.at(-1) as string))];
}
