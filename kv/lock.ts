/**
 * One process writes an image: an exclusive lock on the file `lock` in its folder. The system frees it when the
 * process ends, however it ends, so that a crash leaves nothing behind. A folder that is made here is its owner's
 * alone, and with it everything in it.
 */
import { z } from "zod";
import { FolderError, LockedError } from "./errors.ts";

const holderForm = z.object({ pid: z.number().int().optional(), url: z.string().optional() });

const PRIVATE = 0o700;

/** A held lock. */
export class ImageLock {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Makes the folder if it is not there (mode 0700, as are parents that are not there), and takes the lock at once
   * or not at all. A folder that is there keeps its mode.
   * @throws LockedError naming the process and address in `server.json`, FolderError if the folder is unwritable.
   */
  static async take(folder: string): Promise<ImageLock> {
    let file: Deno.FsFile;
    try {
      await Deno.mkdir(folder, { recursive: true, mode: PRIVATE });
      file = await Deno.open(`${folder}/lock`, { create: true, read: true, write: true });
    } catch (cause) {
      if (cause instanceof Deno.errors.AlreadyExists && await isFile(folder)) {
        throw new FolderError(folder, cause, "it is a file, not a folder");
      }
      throw new FolderError(folder, cause);
    }
    try {
      if (await file.tryLock(true)) return new ImageLock(file);
    } catch (cause) {
      file.close();
      throw new FolderError(folder, cause);
    }
    file.close();
    throw new LockedError(folder, await readHolder(folder));
  }

  release(): void {
    this.#file.unlockSync();
    this.#file.close();
  }
}

/** What `server.json` says about the holder: it is written after listening, so it may be absent or half-written. */
async function readHolder(folder: string): Promise<z.infer<typeof holderForm> | null> {
  try {
    return holderForm.parse(JSON.parse(await Deno.readTextFile(`${folder}/server.json`)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw new FolderError(folder, error);
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await Deno.stat(path)).isFile;
}
