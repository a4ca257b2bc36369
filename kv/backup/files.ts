/** Files that are whole or not there: written beside, synced, renamed. */

/** @throws what the file system throws; a partial file may be left then, which is swept later */
export async function writeWhole(
  folder: string,
  name: string,
  bytes: Uint8Array,
  beforeRename = () => {},
): Promise<void> {
  const partial = `${folder}/${name}.partial`;
  await writeSynced(partial, bytes);
  beforeRename();
  await Deno.rename(partial, `${folder}/${name}`);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
  await file.syncData();
}

/** Makes names in a folder durable, where a folder can be synced. */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder, { read: true });
  await handle.sync();
}

/** The entries of a folder, by name; none when it is not there. */
export async function listFolder(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The bytes of a file; null when it is not there. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Removes a file or a folder with all in it, if it is there. */
export async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
