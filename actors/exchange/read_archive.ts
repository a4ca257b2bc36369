/**
 * Reads an archive whole, before anything is done with it: every line is checked against its form, the counts and the
 * checksum against what came, and what is wrong is named by its line.
 */
import { createHash } from "node:crypto";
import {
  ARCHIVE_FORMAT,
  type ArchiveEnd,
  archiveEndForm,
  type ArchiveHead,
  archiveHeadForm,
} from "./archive.ts";
import { faultOf } from "./check_world.ts";
import { ArchiveError } from "./errors.ts";
import { ARCHIVE_BYTES_MAX, ARCHIVE_OBJECTS_MAX, LINE_BYTES_MAX } from "./limits.ts";
import { type DamagedRecord, type ExchangeRecord, fromLine, isDamaged } from "./record.ts";
import { OBJECT_VERSION } from "../object/mod.ts";

export interface ArchivedRecord {
  readonly line: number;
  readonly record: ExchangeRecord;
}

export interface Archive {
  readonly head: ArchiveHead;
  readonly records: readonly ArchivedRecord[];
  /** Objects that the image it comes from could not read. */
  readonly damaged: readonly DamagedRecord[];
}

export interface ReadArchiveOptions {
  /** Told how many lines have been read. */
  readonly onLine?: (line: number) => void;
  readonly lineBytesMax?: number;
  readonly archiveBytesMax?: number;
}

/** @throws {ArchiveError} naming the line */
export async function readArchive(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadArchiveOptions = {},
): Promise<Archive> {
  const reader = new ArchiveReader();
  for await (const { line, bytes } of splitLines(chunks, options)) {
    reader.take(line, bytes);
    options.onLine?.(line);
  }
  return reader.end();
}

/** Looks whether a new image can be made of it alone. @throws {ArchiveError} naming the line */
export function checkWhole({ records }: Archive): void {
  const fault = faultOf(records.map(({ record }) => record.context));
  if (fault !== null) throw new ArchiveError(records[fault.index]!.line, fault.reason);
}

class ArchiveReader {
  readonly #hash = createHash("sha256");
  readonly #lines = new Map<string, number>();
  readonly #records: ArchivedRecord[] = [];
  readonly #damaged: DamagedRecord[] = [];
  #head: ArchiveHead | null = null;
  #end: ArchiveEnd | null = null;
  #last = 0;

  take(line: number, bytes: Uint8Array): void {
    this.#last = line;
    if (this.#end !== null) throw new ArchiveError(line, "stands after the last one");
    const value = parseLine(line, bytes);
    if (this.#head === null) this.#head = readHead(line, value);
    else if (isEnd(value)) {
      this.#end = this.#readEnd(line, value);
      return;
    } else this.#add(line, value, this.#head);
    this.#hash.update(bytes).update("\n");
  }

  end(): Archive {
    if (this.#head === null) throw new ArchiveError(1, "is missing: the file is empty");
    if (this.#end === null) {
      throw new ArchiveError(
        this.#last + 1,
        "is missing: the archive was cut, its last line says how it ends",
      );
    }
    return { head: this.#head, records: this.#records, damaged: this.#damaged };
  }

  #add(line: number, value: unknown, head: ArchiveHead): void {
    const record = fromLine(value, head.object_version);
    if ("fault" in record) throw new ArchiveError(line, `is no object: ${record.fault}`);
    const oid = isDamaged(record) ? record.oid : record.context.oid;
    const before = this.#lines.get(oid);
    if (before !== undefined) {
      throw new ArchiveError(line, `has the oid ${oid}, which line ${before} has too`);
    }
    if (this.#lines.size >= ARCHIVE_OBJECTS_MAX) {
      throw new ArchiveError(line, `is one too many: an archive has at most ${ARCHIVE_OBJECTS_MAX} objects`);
    }
    this.#lines.set(oid, line);
    if (isDamaged(record)) this.#damaged.push(record);
    else if (record.vector !== undefined && record.vector.length !== (head.space?.dimensions ?? 0) * 4) {
      throw new ArchiveError(
        line,
        `has a vector of ${record.vector.length} bytes, which is none of the head's space`,
      );
    } else this.#records.push({ line, record });
  }

  #readEnd(line: number, value: unknown): ArchiveEnd {
    const parsed = archiveEndForm.safeParse(value);
    if (!parsed.success) {
      throw new ArchiveError(line, `is no end of an archive: ${parsed.error.issues[0]!.message}`);
    }
    const found = this.#lines.size;
    if (found !== this.#head!.objects) {
      throw new ArchiveError(line, `ends ${found} objects where line 1 says ${this.#head!.objects}`);
    }
    const sha256 = this.#hash.copy().digest("hex");
    if (sha256 !== parsed.data.sha256) {
      throw new ArchiveError(
        line,
        `says that what is before it has SHA-256 ${parsed.data.sha256}: it has ${sha256}`,
      );
    }
    return parsed.data;
  }
}

function parseLine(line: number, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw new ArchiveError(line, `is not JSON: ${cause.message}`, cause);
  }
}

function readHead(line: number, value: unknown): ArchiveHead {
  const parsed = archiveHeadForm.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new ArchiveError(
      line,
      `is not the head of an archive: ${issue.path.join(".") || "it"}: ${issue.message}`,
    );
  }
  const { format, object_version: version } = parsed.data;
  if (format > ARCHIVE_FORMAT) {
    throw new ArchiveError(line, `says format ${format}: this program reads up to ${ARCHIVE_FORMAT}`);
  }
  if (version > OBJECT_VERSION) {
    throw new ArchiveError(line, `says version ${version} of objects: this program knows ${OBJECT_VERSION}`);
  }
  return parsed.data;
}

function isEnd(value: unknown): boolean {
  return typeof value === "object" && value !== null && "telos" in value && value.telos === "end";
}

/** Lines without their ends, counted from 1. An empty last line is none. @throws {ArchiveError} over a bound */
async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  { lineBytesMax = LINE_BYTES_MAX, archiveBytesMax = ARCHIVE_BYTES_MAX }: ReadArchiveOptions,
): AsyncGenerator<{ line: number; bytes: Uint8Array }> {
  let line = 1;
  let total = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const keep = (part: Uint8Array) => {
    waitingBytes += part.byteLength;
    if (waitingBytes > lineBytesMax) {
      throw new ArchiveError(line, `is too long: a line has at most ${lineBytesMax} bytes`);
    }
    waiting.push(part);
  };
  for await (const chunk of chunks) {
    total += chunk.byteLength;
    if (total > archiveBytesMax) {
      throw new ArchiveError(line, `goes beyond the ${archiveBytesMax} bytes that an archive may have`);
    }
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, at));
      yield { line, bytes: joined(waiting) };
      [waiting, waitingBytes, from] = [[], 0, at + 1];
      line++;
    }
    if (from < chunk.byteLength) keep(chunk.slice(from));
  }
  if (waitingBytes > 0) yield { line, bytes: joined(waiting) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
