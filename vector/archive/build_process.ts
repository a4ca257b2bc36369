/**
 * The archive's side of a builder process: feeds it rows in bounded frames, no faster than it takes them, and waits for
 * what it made. A builder that dies, falls silent or refuses is one typed error, and nothing of the archive is touched.
 */
import { ArchiveError } from "./errors.ts";
import { bytesOf, encodeFrame, readFrames } from "./frames.ts";
import {
  bornBytesMax,
  builderSilenceMs,
  childExitMs,
  frameRowsMax,
  idBytesMax,
  segmentRowsMax,
} from "./limits.ts";
import type { BuildReply, BuiltSegment } from "./messages.ts";
import { killChild } from "./searcher.ts";

/** A row to seal: its id (a memory's oid), the position at which it was born, and its vector of length one. */
export interface ArchiveRow {
  readonly id: string;
  readonly born: string;
  readonly vector: Float32Array;
}

/** What to build and how to tell of it. */
export interface BuildOrder {
  readonly spawn: () => Deno.ChildProcess;
  /** The built `exact.wasm`. */
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** Path of the segment to make, without extension. */
  readonly path: string;
  readonly dimensions: number;
  readonly rows: AsyncIterable<ArchiveRow>;
  readonly onProgress: (progress: { phase: "building" | "verifying"; rows: number }) => void;
  readonly signal?: AbortSignal;
  readonly silenceMs?: number;
}

/** Builds one segment; throws `ArchiveError` `archive_build_failed` (retryable), `archive_recall_low`, `invalid_row`. */
export async function runBuilder(order: BuildOrder): Promise<BuiltSegment> {
  order.signal?.throwIfAborted();
  const child = order.spawn();
  const stop = new AbortController();
  const watch = new Watch(order.silenceMs ?? builderSilenceMs, (reason) => {
    stop.abort(failed(reason));
    killChild(child);
  });
  const onAbort = () => watch.expire("it was told to stop");
  order.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const [built] = await Promise.all([
      readReplies(child, order, watch, stop.signal),
      feed(child, order, watch, stop.signal),
    ]);
    return built;
  } catch (error) {
    killChild(child);
    throw error;
  } finally {
    order.signal?.removeEventListener("abort", onAbort);
    watch.stop();
    stop.abort();
    await endChild(child);
  }
}

async function readReplies(
  child: Deno.ChildProcess,
  order: BuildOrder,
  watch: Watch,
  stop: AbortSignal,
): Promise<BuiltSegment> {
  let rows = 0;
  let broken: unknown;
  try {
    for await (const { header } of readFrames<BuildReply>(child.stdout)) {
      if (header.type === "built") {
        const { type: _type, ...built } = header;
        return built;
      }
      if (header.type === "failed") {
        throw new ArchiveError(header.code, `Cannot build a segment: ${header.message}`, {
          hint: "The last good archive serves on; it is tried again later",
          retryable: header.code === "archive_build_failed",
        });
      }
      rows = header.rows;
      watch.heard(rows);
      order.onProgress({ phase: header.phase, rows });
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    broken = error;
    killChild(child);
  }
  if (stop.aborted && stop.reason instanceof ArchiveError) throw stop.reason;
  const { code, signal } = await child.status;
  throw failed(`it ended (${signal ?? `code ${code}`}) after ${rows} rows`, broken);
}

async function feed(
  child: Deno.ChildProcess,
  order: BuildOrder,
  watch: Watch,
  stop: AbortSignal,
): Promise<void> {
  const writer = child.stdin.getWriter();
  let broken = false;
  const write = async (header: object, body?: Uint8Array): Promise<void> => {
    // A broken pipe says only that the builder ended; why is what its replies and its exit say.
    await writer.write(encodeFrame(header, body)).catch(() => broken = true);
  };
  await write({ type: "build", path: order.path, dimensions: order.dimensions }, order.kernel);
  let batch: ArchiveRow[] = [];
  let sent = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const vectors = new Float32Array(batch.length * order.dimensions);
    batch.forEach((row, index) => vectors.set(row.vector, index * order.dimensions));
    sent += batch.length;
    watch.await(sent);
    await write(
      { type: "rows", ids: batch.map((row) => row.id), born: batch.map((row) => row.born) },
      bytesOf(vectors),
    );
    batch = [];
  };
  for await (const row of order.rows) {
    if (stop.aborted || broken) return;
    checkRow(row, order.dimensions, sent + batch.length);
    batch.push(row);
    if (batch.length === frameRowsMax) await flush();
  }
  await flush();
  watch.await(Infinity);
  await write({ type: "end" });
}

function checkRow(row: ArchiveRow, dimensions: number, index: number): void {
  const refuse = (must: string): never => {
    throw new ArchiveError("invalid_row", `Cannot seal row ${index} ("${row.id}") as ${must}`, {
      hint: "Repair or remove the vector of that memory",
      details: { id: row.id, index },
    });
  };
  if (index >= segmentRowsMax) refuse(`a segment holds at most ${segmentRowsMax} rows`);
  const idBytes = new TextEncoder().encode(row.id).length;
  if (idBytes < 1 || idBytes > idBytesMax) {
    refuse(`its id must have 1 to ${idBytesMax} bytes: it has ${idBytes}`);
  }
  const bornBytes = new TextEncoder().encode(row.born).length;
  if (bornBytes < 1 || bornBytes > bornBytesMax) {
    refuse(`its position of birth must have 1 to ${bornBytesMax} bytes: it has ${bornBytes}`);
  }
  if (row.vector.length !== dimensions) {
    refuse(`its vector must have ${dimensions} dimensions: it has ${row.vector.length}`);
  }
  if (!row.vector.every(Number.isFinite)) refuse("its vector must hold finite numbers only");
}

function failed(reason: string, cause?: unknown): ArchiveError {
  return new ArchiveError("archive_build_failed", `Cannot build a segment: the builder failed: ${reason}`, {
    hint: "The last good archive serves on; it is tried again later",
    retryable: true,
    cause,
  });
}

/** Waits for a child to end by itself for a while, then ends it. */
async function endChild(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => killChild(child), childExitMs);
  await child.status;
  clearTimeout(timer);
}

/** Expires when rows that were sent are not acknowledged for too long. */
class Watch {
  readonly #silenceMs: number;
  readonly #onExpired: (reason: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #awaited = 0;

  constructor(silenceMs: number, onExpired: (reason: string) => void) {
    this.#silenceMs = silenceMs;
    this.#onExpired = onExpired;
  }

  await(rows: number): void {
    const idle = this.#timer === undefined;
    this.#awaited = rows;
    if (idle) this.#arm();
  }

  heard(rows: number): void {
    this.stop();
    if (rows < this.#awaited) this.#arm();
  }

  expire(reason: string): void {
    this.stop();
    this.#onExpired(reason);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.expire(`it said nothing for ${this.#silenceMs} ms`), this.#silenceMs);
  }
}
