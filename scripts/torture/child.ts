/**
 * The process that is killed: a real image (store, world, memory by words, archive) behind the real HTTP server, without
 * what costs time to start and has nothing to lose: no model, no mind but the one that quotes memory. It prints its
 * address on one line, and honours the crash points. Arguments: the image's folder.
 */
import { crashHook } from "../../actors/system/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { startServer } from "../../ui/server/mod.ts";
import { openBenchImage, wordsOnly } from "../bench/living_image.ts";

const [folder] = Deno.args as [string];
const crash = crashHook({
  TELOS_TEST: Deno.env.get("TELOS_TEST"),
  TELOS_CRASH_AT: Deno.env.get("TELOS_CRASH_AT"),
});
const { image } = await openBenchImage(folder, {
  ...(crash === undefined ? {} : { crash }),
  models: wordsOnly,
});
const server = await startServer({
  door: new LocalDoor(image),
  assets: { read: () => Promise.resolve(null) },
  folder,
  host: "127.0.0.1",
  port: 0,
  version: "torture",
  log: (line) => console.error(line),
});
console.log(server.url);
await server.finished;
Deno.exit(0);
