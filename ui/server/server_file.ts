/**
 * `server.json` in the image's folder: where the server of this image listens and what lets one in. It is written
 * after listening, readable by its owner alone, and taken away at shutdown. After a crash a stale one stays behind:
 * whoever holds the image's lock replaces it, and a reader asks the server before believing it.
 */
import { join } from "node:path";
import { z } from "zod";

export const serverFileSchema = z.object({
  pid: z.number().int(),
  url: z.string(),
  token: z.string(),
  version: z.string(),
});
export type ServerFile = z.infer<typeof serverFileSchema>;

export function serverFilePath(folder: string): string {
  return join(folder, "server.json");
}

/** Appears wholly or not at all. */
export async function writeServerFile(folder: string, content: ServerFile): Promise<void> {
  const temporary = `${serverFilePath(folder)}.${content.pid}`;
  await removeFile(temporary);
  await Deno.writeTextFile(temporary, JSON.stringify(content) + "\n", { mode: 0o600, createNew: true });
  await Deno.rename(temporary, serverFilePath(folder));
}

/** Null when there is none, or none that can be read: a half-dead one is as good as none. */
export async function readServerFile(folder: string): Promise<ServerFile | null> {
  let text: string;
  try {
    text = await Deno.readTextFile(serverFilePath(folder));
  } catch {
    // Whoever opens the image says what is wrong with its folder.
    return null;
  }
  const parsed = serverFileSchema.safeParse(jsonOrNull(text));
  return parsed.success ? parsed.data : null;
}

export async function removeServerFile(folder: string): Promise<void> {
  await removeFile(serverFilePath(folder));
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
