/**
 * The log: every record reads, times rise, before-images are whole, and what it changed is what stands there.
 */
import { CorruptError } from "../errors.ts";
import type { Head } from "../head.ts";
import { encodeKey, isVersioned, type Key, keys, readStampKey } from "../keys.ts";
import { formatPosition, parsePosition, type Position, startOfEpoch } from "../position.ts";
import { readRecord, type RecordedThought } from "../record.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { GoneList } from "./check_gone.ts";
import type { Inspection } from "./inspection.ts";
import { oidOf, stampOrder } from "./key_facts.ts";
import { type LogBounds, VersionCheck } from "./check_versions.ts";
import type { Scanned } from "./scan.ts";

type LogRecord = Awaited<ReturnType<typeof readRecord>>;

interface Place {
  readonly epoch: number;
  readonly versionstamp: string;
}

export async function checkLog(inspection: Inspection, bounds: LogBounds, gone: GoneList): Promise<void> {
  await new LogCheck(inspection, bounds, gone).run();
}

class LogCheck {
  readonly #inspection: Inspection;
  readonly #bounds: LogBounds;
  readonly #gone: GoneList;
  readonly #versions: VersionCheck;
  readonly #told = new Fingerprints();
  #lastAt = -Infinity;
  #lastKey: Key | null = null;
  #last: Position | null = null;

  constructor(inspection: Inspection, bounds: LogBounds, gone: GoneList) {
    this.#inspection = inspection;
    this.#bounds = bounds;
    this.#gone = gone;
    this.#versions = new VersionCheck(inspection, bounds);
  }

  async run(): Promise<void> {
    const inspection = this.#inspection;
    inspection.begin("log");
    const end = await endOfLog(inspection);
    await inspection.each(["log"], async (entry) => {
      // What is thought from here on is left to the next walk, which would else never end.
      if (end !== null && isAfter(entry.key, end)) return "enough";
      inspection.count("log");
      await this.#checkRecord(entry);
      if (this.#versions.isFull) await this.#versions.check();
    });
    await this.#versions.check();
    await this.#checkEnd();
    await this.#checkBeginnings();
  }

  async #checkRecord(entry: Scanned): Promise<void> {
    const inspection = this.#inspection;
    const { key } = entry;
    const place = readStampKey(key);
    if (place === null) {
      return inspection.report({ kind: "wrong_form", key, message: "A log key must be [log, epoch, stamp]" });
    }
    inspection.noteParts(entry);
    const record = await this.#read(entry);
    if (record === null) return;
    this.#checkTimes(key, record.at);
    for (const [n, thought] of record.thoughts.entries()) {
      const position = formatPosition(place.epoch, place.versionstamp, n);
      if (this.#last === null || position > this.#last) this.#last = position;
      inspection.count("thought");
      await this.#checkChanges(entry, place, position, thought);
    }
  }

  /** Null when it does not read, and still does not: that is reported, unless it was pruned meanwhile. */
  async #read({ key, value }: Scanned): Promise<LogRecord | null> {
    const inspection = this.#inspection;
    const kv = inspection.kv;
    try {
      return await readRecord(kv, key, value);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      const [again] = await inspection.snapshot([key]);
      if (again === null) return null;
      try {
        return await readRecord(kv, key, again!.value);
      } catch (cause) {
        if (!(cause instanceof CorruptError)) throw cause;
        const at = Array.isArray(cause.details.key) ? cause.details.key as Key : key;
        inspection.report({
          kind: at[0] === "part" ? "chunk_missing" : "corrupt",
          key: at,
          message: cause.message,
        });
        return null;
      }
    }
  }

  #checkTimes(key: Key, times: readonly number[]): void {
    for (const at of times) {
      if (at <= this.#lastAt) {
        this.#inspection.report({
          kind: "log_order",
          key,
          message: `The log's times must rise: ${at} follows ${this.#lastAt} of ${
            this.#lastKey?.join("/") ?? "its own"
          }`,
        });
      }
      this.#lastAt = at;
      this.#lastKey = key;
    }
  }

  async #checkChanges(
    record: Scanned,
    place: Place,
    position: Position,
    thought: RecordedThought,
  ): Promise<void> {
    const inspection = this.#inspection;
    for (const [key, before] of thought.changes) {
      if (!isVersioned(key)) {
        inspection.report({
          kind: "wrong_form",
          key: record.key,
          message: `${position} logs a change of ${key.join("/")}, whose family keeps no history`,
        });
        continue;
      }
      // As of the horizon nothing is read that its own thought replaced.
      const isHeld = position > this.#bounds.horizon && thought.pruned !== true;
      if (before !== null) await inspection.checkPast(key, before, isHeld ? record : null);
      if (!isHeld) {
        inspection.live.mark(encodeKey(key));
        continue;
      }
      this.#versions.add(key, position);
      await this.#checkPresent(key, place, position);
    }
  }

  /** What stands under a key cannot be older than its last change, and what is not there must be gone. */
  async #checkPresent(key: Key, place: Place, position: Position): Promise<void> {
    const { live } = this.#inspection;
    const text = encodeKey(key);
    const stamp = live.valueOf(text);
    if (stamp === null) {
      if (this.#gone.has(key)) return;
      return await this.#inspection.doubt(key, () => this.#doubtGone(key, position));
    }
    live.mark(text);
    if (place.epoch === this.#bounds.epoch && stamp < stampOrder(place.versionstamp)) {
      await this.#inspection.doubt(key, () => this.#doubtChange(key, place, position));
    }
  }

  /** Whether nothing has been told of a key yet: history may give many occasions. */
  #isNew(key: Key): boolean {
    const text = encodeKey(key);
    const known = this.#told.has(text);
    this.#told.add(text);
    return !known;
  }

  async #doubtChange(key: Key, place: Place, position: Position): Promise<void> {
    const [entry] = await this.#inspection.snapshot([key]);
    if (entry === null || stampOrder(entry!.versionstamp) >= stampOrder(place.versionstamp)) return;
    if (!this.#isNew(key)) return;
    this.#inspection.report({
      kind: "change_lost",
      key,
      oid: oidOf(key),
      message: `${key.join("/")} was changed by ${position}, but what stands there is older`,
    });
  }

  async #doubtGone(key: Key, position: Position): Promise<void> {
    const [entry] = await this.#inspection.snapshot([key]);
    // A creation that was undecided when objects were walked, or one that is there by now.
    if (entry !== null || this.#gone.has(key) || await this.#gone.hasByNow(key)) return;
    if (!this.#isNew(key)) return;
    this.#inspection.report({
      kind: "gone_missing",
      key,
      oid: oidOf(key),
      message: `${
        key.join("/")
      } was changed by ${position} and is not there, but no record says that it was deleted`,
    });
  }

  /** The head names the last thought of the log. */
  async #checkEnd(): Promise<void> {
    const inspection = this.#inspection;
    const head = await endOfLog(inspection);
    // One that does not read was told where the walk began.
    if (head === null) return;
    const report = (message: string) => inspection.report({ kind: "head_wrong", key: keys.head(), message });
    if (this.#last !== null && this.#last > head.position) {
      report(`The log goes on to ${this.#last}, but the head stands at ${head.position}`);
    }
    if (head.position === startOfEpoch(head.epoch) || head.position < this.#bounds.horizon) return;
    const { epoch, versionstamp } = parsePosition(head.position);
    const [record] = await inspection.snapshot([keys.log(epoch, versionstamp)]);
    const moved = (await inspection.head()).position !== head.position;
    if (record === null && !moved) report(`The head stands at ${head.position}, which the log does not have`);
    if (head.at < this.#lastAt && !moved) {
      report(`The head's time ${head.at} is before that of the last thought, ${this.#lastAt}`);
    }
  }

  /** In an image that was never moved or pruned, the log holds the beginning of everything. */
  async #checkBeginnings(): Promise<void> {
    const inspection = this.#inspection;
    const whole = this.#bounds.epoch === 1 && this.#bounds.horizon === startOfEpoch(1);
    if (!whole || inspection.live.unmarked === 0) return;
    for (const family of ["object", "morph", "vector", "hypervector"]) {
      await inspection.each([family], ({ key }) => {
        const text = encodeKey(key);
        if (!inspection.live.has(text) || inspection.live.isMarked(text)) return;
        inspection.report({
          kind: "history_missing",
          key,
          oid: oidOf(key),
          message: `${key.join("/")} stands there, but no thought of the log made it`,
        });
      }, false);
    }
  }
}

/** Null when the head does not read: then the log is walked to its end. */
async function endOfLog(inspection: Inspection): Promise<Head | null> {
  try {
    return await inspection.head();
  } catch (error) {
    if (error instanceof CorruptError) return null;
    throw error;
  }
}

/** Whether a record was written after the head was. */
function isAfter(key: Key, head: Head): boolean {
  const place = readStampKey(key);
  return place !== null && place.epoch >= head.epoch && place.versionstamp > head.versionstamp;
}
