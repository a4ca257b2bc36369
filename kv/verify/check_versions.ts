/**
 * The version keys, which are derived from the log: both must have the same changes. They are held against one another
 * a window of the log at a time, so that memory does not grow with history.
 */
import { CorruptError } from "../errors.ts";
import { encodeKey, isVersioned, type Key, keys, readStampKey, readVersionKey } from "../keys.ts";
import { formatPosition, isPosition, parsePosition, type Position } from "../position.ts";
import { readRecord } from "../record.ts";
import { versionMark } from "../versions.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Inspection } from "./inspection.ts";
import { oidOf } from "./key_facts.ts";
import { windowChangesMax } from "./limits.ts";
import type { Scanned } from "./scan.ts";

/** What the store's own records said when the walk began. */
export interface LogBounds {
  readonly epoch: number;
  /** Version keys are written up to here. */
  readonly watermark: Position;
  /** Before it, history may be pruned. */
  readonly horizon: Position;
}

/** Changes after one position and up to another, as version keys. */
interface Window {
  readonly from: Position;
  to: Position;
  readonly changes: Fingerprints;
}

export class VersionCheck {
  readonly #inspection: Inspection;
  readonly #bounds: LogBounds;
  #window: Window = newWindow("");

  constructor(inspection: Inspection, bounds: LogBounds) {
    this.#inspection = inspection;
    this.#bounds = bounds;
  }

  get isFull(): boolean {
    return this.#window.changes.size >= windowChangesMax;
  }

  /** A change of the log, in its order. */
  add(key: Key, position: Position): void {
    this.#window.changes.add(encodeKey(keys.version(key, position)));
    this.#window.to = position;
  }

  /** Holds the changes since the last call against the version keys of the same stretch, in both directions. */
  async check(): Promise<void> {
    const inspection = this.#inspection;
    const window = this.#window;
    this.#window = newWindow(window.to);
    inspection.begin("versions");
    await inspection.each(["version"], (entry) => this.#checkEntry(entry, window), window.from === "");
    if (window.changes.unmarked > 0) await this.#findMissing(window);
    inspection.begin("log");
  }

  async #checkEntry({ key, value }: Scanned, window: Window): Promise<void> {
    const inspection = this.#inspection;
    const isFirst = window.from === "";
    if (isFirst) inspection.count("version");
    const position = versionPosition(key);
    if (position === null) {
      if (isFirst) {
        inspection.report({ kind: "wrong_form", key, message: "A version key must end in a position" });
      }
      return;
    }
    if (position <= window.from || position > window.to || position <= this.#bounds.horizon) return;
    const text = encodeKey(key);
    // One that does not read counts as missing: it can be written anew.
    if ("error" in await inspection.open(key, value) && window.changes.has(text)) return;
    if (!window.changes.mark(text)) await inspection.doubt(key, () => this.#doubtVersion(key, position));
  }

  /** A version key without a change in the log. */
  async #doubtVersion(key: Key, position: Position): Promise<void> {
    const inspection = this.#inspection;
    const { epoch, versionstamp, index } = parsePosition(position);
    const logKey = keys.log(epoch, versionstamp);
    const [entry, record] = await inspection.snapshot([key, logKey]);
    if (entry === null || await inspection.isPruned({ epoch, versionstamp })) return;
    const oid = typeof key[1] === "string" ? key[1] : null;
    if (record === null) {
      const message = `The version ${key.join("/")} leads to a thought that the log does not have`;
      return inspection.report({ kind: "log_missing", key: logKey, oid, message });
    }
    const read = await readOrNull(inspection.kv, record!);
    // A record that does not read is told where the log is walked; whether it holds the change nobody can say.
    if (read === null) return;
    const text = encodeKey(key);
    const changes = read.thoughts[index]?.changes ?? [];
    if (changes.some(([changed]) => encodeKey(keys.version(changed, position)) === text)) return;
    inspection.report({
      kind: "version_dangling",
      key,
      oid,
      message: `The version ${key.join("/")} leads to a thought that did not change it`,
      repair: async () => {
        await inspection.kv.delete(key);
        return "removed it";
      },
    });
  }

  /** Goes through the log once more, for the changes that no version key accounted for. */
  async #findMissing(window: Window): Promise<void> {
    const inspection = this.#inspection;
    await inspection.each(["log"], async (entry) => {
      const place = readStampKey(entry.key);
      if (place === null) return;
      const { epoch, versionstamp } = place;
      // Thoughts go on meanwhile: what is after the stretch is left to its own.
      if (formatPosition(epoch, versionstamp, 0) > window.to) return "enough";
      if (formatPosition(epoch, versionstamp, 9_999) <= window.from) return;
      const record = await readOrNull(inspection.kv, entry);
      for (const [n, thought] of (record?.thoughts ?? []).entries()) {
        const position = formatPosition(epoch, versionstamp, n);
        if (position > this.#bounds.watermark || thought.pruned === true) continue;
        for (const [key] of thought.changes) {
          await inspection.doubt(key, () => this.#doubtChange(window, key, position));
        }
      }
    }, false);
  }

  /** A change without a version key. */
  async #doubtChange(window: Window, key: Key, position: Position): Promise<void> {
    if (!isVersioned(key)) return;
    const inspection = this.#inspection;
    const versionKey = keys.version(key, position);
    const text = encodeKey(versionKey);
    if (!window.changes.has(text) || window.changes.isMarked(text)) return;
    const { epoch, versionstamp } = parsePosition(position);
    const [entry, record] = await inspection.snapshot([versionKey, keys.log(epoch, versionstamp)]);
    if (record === null || entry !== null && "value" in await inspection.open(versionKey, entry!.value)) {
      return;
    }
    inspection.report({
      kind: "version_missing",
      key: versionKey,
      oid: oidOf(key),
      message: `The version key of the change of ${
        key.join("/")
      } by ${position} is not there, or not legible`,
      repair: async () => {
        await inspection.kv.set(versionKey, versionMark);
        return "wrote it anew";
      },
    });
  }
}

function newWindow(from: Position): Window {
  return { from, to: from, changes: new Fingerprints() };
}

function versionPosition(key: Key): Position | null {
  return isPosition(key[key.length - 1]) ? readVersionKey(key) : null;
}

/** Null when the record does not read. */
async function readOrNull(kv: Deno.Kv, { key, value }: Scanned) {
  try {
    return await readRecord(kv, key, value);
  } catch (error) {
    if (error instanceof CorruptError) return null;
    throw error;
  }
}
