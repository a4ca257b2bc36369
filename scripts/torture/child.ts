/**
 * The process that is killed: a real image (store, world, memory by words, archive) behind the real HTTP server, without
 * what costs time to start and has nothing to lose: no model, no mind but the one that quotes memory. It prints its
 * address on one line, and honours the crash points. Arguments: the image's folder.
 */
import { Memory } from "../../actors/memory/mod.ts";
import { RecallMind } from "../../actors/minds/mod.ts";
import { Sandbox } from "../../actors/sandbox/mod.ts";
import { readAsset, sandboxParts, spawnChild, workerUrl } from "../../actors/system/assets.ts";
import { crashHook, LivingImage, type MemoryContext } from "../../actors/system/mod.ts";
import { LocalDoor } from "../../ui/door/mod.ts";
import { startServer } from "../../ui/server/mod.ts";
import { Embedder, ExactIndex } from "../../vector/mod.ts";

const [folder] = Deno.args as [string];
const crash = crashHook({
  TELOS_TEST: Deno.env.get("TELOS_TEST"),
  TELOS_CRASH_AT: Deno.env.get("TELOS_CRASH_AT"),
}) ?? (() => {});
const kernel = await readAsset("exact.wasm");

const image = await LivingImage.open({
  folder,
  version: "torture",
  crash,
  startSandbox: () => Sandbox.start(sandboxParts()),
  startMemory: (context: MemoryContext) =>
    Memory.start({
      ...context,
      crash,
      spawnArchive: () => spawnChild("archive_builder"),
      startEmbedder: (onStatus) =>
        Embedder.start({
          spawn: () => spawnChild("embedder"),
          models: { find: () => Promise.resolve({ reasons: ["torture needs none"] }) },
          onStatus,
        }),
      startIndex: (dimensions, onFailure) =>
        ExactIndex.start({ dimensions, worker: workerUrl("exact"), kernel, onFailure }),
    }),
  minds: [new RecallMind()],
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
