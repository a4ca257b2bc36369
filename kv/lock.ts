/**
 * One process writes an image: an exclusive lock on the file `lock` in its folder. The system frees it when the
 * process ends, however it ends, so that a crash leaves nothing behind.
 */
import { z } from "zod";
import { FolderError, LockedError } from "./errors.ts";

const holderForm = z.object({ pid: z.number().int().optional(), url: z.string().optional() });

/** A held lock. */
export class ImageLock {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Makes the folder if it is not there, and takes the lock at once or not at all.
   * @throws LockedError naming the process and address in `server.json`, FolderError if the folder is unwritable.
   */
  static async take(folder: string): Promise<ImageLock> {
    let file: Deno.FsFile;
    try {
      await Deno.mkdir(folder, { recursive: true });
      file = await Deno.open(`${folder}/lock`, { create: true, read: true, write: true });
    } catch (cause) {
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
  let text: string;
  try {
    text = await Deno.readTextFile(`${folder}/server.json`);
  } catch {
    return null;
  }
  try {
    return holderForm.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
