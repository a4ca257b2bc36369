/** A folder whose database is gone, though what was derived from it is there, is no place for a new image. */
import { FolderError } from "../../kv/mod.ts";
import { ImageError } from "../errors.ts";

const DERIVED = ["archive", "lexical.sqlite"];

/** @throws {ImageError} `image_lost`; FolderError for a folder that cannot be looked into */
export async function refuseLost(folder: string): Promise<void> {
  const names = await namesIn(folder);
  const left = DERIVED.filter((name) => names.has(name));
  if (left.length === 0) return;
  const database = names.has("image.kv") ? (await Deno.stat(`${folder}/image.kv`)).size : null;
  if (database !== null && database > 0) return;
  throw new ImageError(
    "image_lost",
    `Cannot open the image in "${folder}" as its database image.kv is ${
      database === null ? "gone" : "empty"
    }, and of the image only ${left.join(" and ")} ${left.length === 1 ? "is" : "are"} left`,
    {
      hint:
        "Put image.kv back, or restore the image from its backups into another folder: telos restore --list. " +
        "For a new image choose another folder, or remove these.",
      details: { folder, left },
    },
  );
}

async function namesIn(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    for await (const { name } of Deno.readDir(folder)) names.add(name);
  } catch (cause) {
    // Where there is no folder, whoever opens the image makes it, or says why that cannot be.
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return names;
    throw new FolderError(folder, cause);
  }
  return names;
}
