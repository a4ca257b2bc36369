/**
 * An image in a process of its own that takes in a folder and is killed: `dying_ingest.ts IMAGE FOLDER POINT N`, at the
 * n-th time that the point is reached. It says when it has begun, and when it is done.
 */
import { openWithMemory } from "../memory/fixture.ts";
import { begin, ingestUntil } from "./fixture.ts";

const [folder, notes, point, count] = Deno.args as [string, string, string, string];
/** From the start in an image that is there; in a new one, once it is made. */
let left = await isThere(`${folder}/image.kv`) ? Number(count) : Infinity;
const crash = (reached: string) => {
  if (reached === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
};
const image = await openWithMemory({ folder, crash });
if (left === Infinity) left = Number(count);
const before = (await image.door.ingest()).ingest;
if (before === null) await begin(image.door, notes);
const { made } = await ingestUntil(image.door, ({ state }) => state === "done");
console.log(`done ${made}`);
await image[Symbol.asyncDispose]();

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
