/** Files of exchange: read in pieces, written beside their place and renamed, so that a half one is never taken for whole. */
import { fileReason, statOrNull } from "../../../kv/mod.ts";
import { CliError } from "../cli_error.ts";

const CHUNK_BYTES = 256 * 1024;
const { NotFound, PermissionDenied, NotCapable, IsADirectory, NotADirectory } = Deno.errors;
const WRONG_PLACE = [NotFound, PermissionDenied, NotCapable, IsADirectory, NotADirectory];

/** @throws {CliError} `wrong_use` for what cannot be read */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await reading(path, () => Deno.open(path));
  try {
    for (;;) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const bytes = await reading(path, () => file.read(chunk));
      if (bytes === null) return;
      yield chunk.subarray(0, bytes);
    }
  } finally {
    file.close();
  }
}

/** The first bytes of a file. */
export async function readHead(path: string, bytes: number): Promise<Uint8Array> {
  for await (const chunk of readChunks(path)) return chunk.slice(0, bytes);
  return new Uint8Array();
}

export async function reading<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new CliError("wrong_use", `Cannot read ${path}: ${fileReason(cause, "read")}`, {
      hint: "Check the path and its permissions.",
      details: { path },
      cause,
    });
  }
}

/**
 * A file appears wholly, on disk, or not at all; a device or a pipe gets each piece as it comes. @returns its bytes
 * @throws {CliError} as `writing` does
 */
export async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const there = await writing(path, () => statOrNull(path));
  if (there?.isDirectory) throw unwritable(path, "it is a folder");
  if (there !== null && !there.isFile) {
    using device = await writing(path, () => Deno.open(path, { write: true }));
    return await writeAll(device, { path, chunks });
  }
  const partial = `${path}.partial-${Deno.pid}`;
  try {
    using file = await writing(
      path,
      () => Deno.open(partial, { write: true, create: true, truncate: true, mode: 0o600 }),
    );
    const bytes = await writeAll(file, { path, chunks });
    await file.sync();
    await writing(path, () => Deno.rename(partial, path));
    return bytes;
  } catch (error) {
    await removeIfThere(partial);
    throw error;
  }
}

interface Writing {
  readonly path: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function writeAll(file: Deno.FsFile, { path, chunks }: Writing): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at += await writing(path, () => file.write(chunk.subarray(at)));
    }
    bytes += chunk.length;
  }
  return bytes;
}

/** @throws {CliError} `wrong_use` for a place that cannot be, `output_unwritable` for a disk that refuses */
export async function writing<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw unwritable(path, fileReason(cause, "written"), cause);
  }
}

function unwritable(path: string, reason: string, cause?: unknown): CliError {
  const isWrongPlace = cause === undefined || WRONG_PLACE.some((each) => cause instanceof each);
  return new CliError(isWrongPlace ? "wrong_use" : "output_unwritable", `Cannot write ${path}: ${reason}`, {
    hint: "Choose another place; to write to standard output, leave --out out.",
    details: { path },
    cause,
  });
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    // What may not be written was never there.
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable)) throw error;
  }
}
