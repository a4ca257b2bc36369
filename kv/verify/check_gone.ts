/** The records of what was deleted: each stands beside a thought of the log that changed those objects. */
import { CorruptError } from "../errors.ts";
import { encodeKey, type Key, keys, readStampKey } from "../keys.ts";
import { readGone, readRecord } from "../record.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Inspection } from "./inspection.ts";
import { oidOf } from "./key_facts.ts";
import type { Scanned } from "./scan.ts";

/** Keys that the records name, those of later records when they are asked for. */
export class GoneList {
  readonly #inspection: Inspection;
  readonly #keys = new Fingerprints();
  #last: Key | null = null;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  has(key: Key): boolean {
    return this.#keys.has(encodeKey(key));
  }

  /** As `has`, with what has been deleted since. */
  async hasByNow(key: Key): Promise<boolean> {
    const { kv } = this.#inspection;
    const prefix = keys.allGone();
    const selector = this.#last === null ? { prefix } : { prefix, start: this.#last };
    for await (const entry of kv.list<unknown>(selector)) await this.#take(entry);
    return this.has(key);
  }

  /** Reads all records and holds each against the log. */
  async check(): Promise<void> {
    const inspection = this.#inspection;
    inspection.begin("deletions");
    await inspection.each(keys.allGone(), async (entry) => {
      inspection.count("gone");
      const deleted = await this.#take(entry);
      if (deleted === null) await this.#reportUnreadable(entry.key);
      else await this.#checkAgainstLog(entry.key, deleted);
    });
  }

  async #take({ key, value }: Pick<Scanned, "key" | "value">): Promise<[number, Key][] | null> {
    const inspection = this.#inspection;
    this.#last = key;
    inspection.noteParts({ key, value });
    try {
      const deleted = await readGone(inspection.kv, key, value);
      for (const [, one] of deleted) this.#keys.add(encodeKey(one));
      return deleted;
    } catch (error) {
      if (error instanceof CorruptError) return null;
      throw error;
    }
  }

  async #reportUnreadable(key: Key): Promise<void> {
    const inspection = this.#inspection;
    const [entry] = await inspection.snapshot([key]);
    if (entry === null) return;
    try {
      await readGone(inspection.kv, key, entry!.value);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      const at = Array.isArray(error.details.key) ? error.details.key as Key : key;
      inspection.report({
        kind: at[0] === "part" ? "chunk_missing" : "corrupt",
        key: at,
        message: error.message,
      });
    }
  }

  async #checkAgainstLog(key: Key, deleted: readonly [number, Key][]): Promise<void> {
    const inspection = this.#inspection;
    const place = readStampKey(key);
    const logKey = place === null ? key : keys.log(place.epoch, place.versionstamp);
    const [entry, record] = await inspection.snapshot([key, logKey]);
    if (entry === null || place !== null && await inspection.isPruned(place)) return;
    const thoughts = record === null || place === null ? [] : await this.#thoughtsOf(record!);
    // A record that does not read is told where the log is walked.
    if (thoughts === null) return;
    for (const [n, one] of deleted) {
      const text = encodeKey(one);
      if (thoughts[n]?.changes.some(([changed]) => encodeKey(changed) === text)) continue;
      inspection.report({
        kind: "gone_dangling",
        key,
        oid: oidOf(one),
        message: `${
          one.join("/")
        } is said to be deleted by a thought that the log does not have or that left it alone`,
      });
    }
  }

  async #thoughtsOf({ key, value }: Scanned) {
    try {
      return (await readRecord(this.#inspection.kv, key, value)).thoughts;
    } catch (error) {
      if (error instanceof CorruptError) return null;
      throw error;
    }
  }
}
