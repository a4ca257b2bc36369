/**
 * Model files on disk. A folder counts as a model only when every file in it has its pinned SHA-256. A new one is built
 * beside its place under a name that nobody reads, checked, and moved there by one rename, so that an interrupted
 * download is never seen as a model.
 */
import { join } from "node:path";
import { lockTakenMs, modelFileBytesMax, partialKeptMs } from "../limits.ts";
import { EmbeddingError } from "./errors.ts";
import { MODEL_NAME, type PinnedFile, type PinnedModel, pinnedModels } from "./pinned_models.ts";

/** Takes the bytes of one file of the model to its place in the folder that is being built. */
export type PutFile = (file: PinnedFile, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

export type FolderLook = { readonly model: PinnedModel } | { readonly fault: string };

const PARTIAL = ".partial-";
const LOCK = ".lock";

/** Which model lies in `modelsFolder`, or why none that may be used does. */
export async function lookInto(modelsFolder: string): Promise<FolderLook> {
  const folder = join(modelsFolder, MODEL_NAME);
  const sums = new Map<string, string>();
  for (const { path } of pinnedModels[0]!.files) {
    const file = join(folder, path);
    try {
      const { size } = await Deno.stat(file);
      if (size > modelFileBytesMax) {
        return { fault: `${file} has ${size} bytes, more than ${modelFileBytesMax}` };
      }
      sums.set(path, await sha256Of(await Deno.readFile(file)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { fault: `there is no file ${file}` };
      if (error instanceof Error) return { fault: `${file} cannot be read: ${error.message}` };
      throw error;
    }
  }
  const model = pinnedModels.find(({ files }) =>
    files.every(({ path, sha256 }) => sums.get(path) === sha256)
  );
  if (model !== undefined) return { model };
  const strange = [...sums].filter(([path, sum]) => !pinnedModels.some((each) => has(each, path, sum)));
  const names = strange.map(([path]) => join(folder, path)).join(", ");
  return {
    fault: names === ""
      ? `${folder} mixes the files of two builds`
      : `${names} is not the file it should be (SHA-256)`,
  };
}

/**
 * Builds a model in `modelsFolder`: `fill` brings every file, and then it is there at once. What was in its place and is
 * no model goes.
 * @throws {EmbeddingError} `model_damaged` when a file is not the pinned one or is missing; nothing is changed then
 */
export async function install(
  modelsFolder: string,
  model: PinnedModel,
  fill: (put: PutFile) => Promise<void>,
): Promise<void> {
  await Deno.mkdir(modelsFolder, { recursive: true });
  await sweep(modelsFolder);
  await using partial = await makePartialFolder(modelsFolder);
  const brought = new Set<string>();
  await fill(async (file, bytes) => {
    const actual = await sha256Of(bytes);
    if (actual !== file.sha256) throw damaged(file, actual, bytes.length);
    await writeDurably(join(partial.path, file.path), bytes);
    brought.add(file.path);
  });
  for (const file of model.files) if (!brought.has(file.path)) throw damaged(file, null, 0);
  await takePlace(partial.path, join(modelsFolder, MODEL_NAME), modelsFolder);
}

/** A folder in which a model is built; a lock beside it says that somebody is at it, and goes with the process. */
export async function makePartialFolder(
  modelsFolder: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ dir: modelsFolder, prefix: PARTIAL });
  const lock = await Deno.open(path + LOCK, { create: true, write: true });
  await lock.lock(true);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await removeIfThere(path);
      await removeIfThere(path + LOCK);
      lock.close();
    },
  };
}

async function takePlace(partial: string, place: string, modelsFolder: string): Promise<void> {
  const old = await Deno.makeTempDir({ dir: modelsFolder, prefix: PARTIAL });
  try {
    await Deno.rename(place, join(old, MODEL_NAME)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.rename(partial, place);
  } catch (error) {
    // Another process may have put the same model there in between: then all is well.
    if ("fault" in await lookInto(modelsFolder)) throw error;
  } finally {
    await removeIfThere(old);
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

/** What processes that ended in the middle left behind; what somebody is at stays. */
async function sweep(modelsFolder: string): Promise<void> {
  for await (const { name } of Deno.readDir(modelsFolder)) {
    if (!name.startsWith(PARTIAL)) continue;
    const path = join(modelsFolder, name.endsWith(LOCK) ? name.slice(0, -LOCK.length) : name);
    if (!(await isAbandoned(path))) continue;
    await removeIfThere(path);
    await removeIfThere(path + LOCK);
  }
}

/** Whether nobody holds the lock beside a folder; one without a lock may be about to get it while it is fresh. */
async function isAbandoned(path: string): Promise<boolean> {
  try {
    using lock = await Deno.open(path + LOCK, { write: true });
    const { mtime } = await lock.stat();
    const isFresh = mtime !== null && Date.now() - mtime.getTime() < lockTakenMs;
    return !isFresh && await lock.tryLock(true);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    const { mtime } = await Deno.stat(path);
    return mtime !== null && Date.now() - mtime.getTime() > partialKeptMs;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function has(model: PinnedModel, path: string, sum: string): boolean {
  return model.files.some((file) => file.path === path && file.sha256 === sum);
}

function damaged(file: PinnedFile, actual: string | null, bytes: number): EmbeddingError {
  const is = actual === null ? "it is missing" : `its ${bytes} bytes have ${actual}`;
  return new EmbeddingError(
    "model_damaged",
    `Cannot use the model file ${file.path} as its SHA-256 must be ${file.sha256}: ${is}`,
    {
      hint: "Nothing of it was kept. It is fetched anew on the next try.",
      retryable: true,
      details: { path: file.path, expected: file.sha256, actual, bytes },
    },
  );
}
