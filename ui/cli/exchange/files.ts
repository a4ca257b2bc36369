/** Files of exchange: read in pieces, written beside their place and renamed, so that a half one is never taken for whole. */
import { CliError } from "../cli_error.ts";

const CHUNK_BYTES = 256 * 1024;

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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("wrong_use", `Cannot read ${path}: ${reason}`, {
      hint: "Check the path and its permissions.",
      details: { path },
      cause,
    });
  }
}

/** Appears wholly, on disk, or not at all. @returns its bytes */
export async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const partial = `${path}.partial-${Deno.pid}`;
  let bytes = 0;
  try {
    using file = await Deno.open(partial, { write: true, create: true, truncate: true, mode: 0o600 });
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
      bytes += chunk.length;
    }
    await file.sync();
  } catch (error) {
    await removeIfThere(partial);
    throw error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied
      ? new CliError("wrong_use", `Cannot write ${path}: ${error.message}`, {
        hint: "Choose another place.",
        details: { path },
        cause: error,
      })
      : error;
  }
  await Deno.rename(partial, path);
  return bytes;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
