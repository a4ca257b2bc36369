/** A folder whose database is gone, though what was derived from it is there, is no place for a new image. */
import { FolderError } from "../../kv/mod.ts";
import { ImageError } from "../errors.ts";

/** @throws {ImageError} `image_lost`; FolderError for a folder that cannot be looked into */
export async function refuseLost(folder: string): Promise<void> {
  const entries = await entriesOf(folder);
  const left = entries.filter(({ name, isDirectory }) =>
    isDirectory ? name === "archive" : name === "lexical.sqlite"
  )
    .map(({ name }) => name).sort();
  if (left.length === 0) return;
  const isThere = entries.some(({ name }) => name === "image.kv");
  if (isThere && (await Deno.stat(`${folder}/image.kv`)).size > 0) return;
  throw new ImageError(
    "image_lost",
    `Cannot open the image in "${folder}" as its database image.kv is ${
      isThere ? "empty" : "gone"
    }, and of the image only ${left.join(" and ")} ${left.length === 1 ? "is" : "are"} left`,
    {
      hint:
        "Put image.kv back, or restore the image from its backups into another folder: telos restore --list. " +
        "For a new image choose another folder, or remove these.",
      details: { folder, left },
    },
  );
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (cause) {
    // Where there is no folder, whoever opens the image makes it, or says why that cannot be.
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return [];
    throw new FolderError(folder, cause);
  }
}
