/**
 * Opening an image of a million objects: from the start of the process to its first `GET /health` 200, against the same
 * of a new image, in turn; and the memory that the server holds then, once everything behind it has started, against the
 * bound. The whole process tree's memory stands beside.
 */
import { largeImage, MILLION, nameOf } from "./large_image.ts";
import { modelsFolder } from "./living_image.ts";
import { memoryOf } from "./processes.ts";
import type { Row, RowContext } from "./row.ts";
import { type ServedImage, serveImage, untilAnswered } from "./served_image.ts";
import { median, rounded } from "./statistics.ts";

const RESIDENT_MIB_MAX = 300;
/** Objects touched before memory is read, so that it is that of a server in use. */
const TOUCHED = 200;

export const openRow: Row = {
  row: "open-1m",
  what: `start to the first HTTP 200 on an image of ${MILLION} objects, against a new image`,
  unit: "ms",
  bound: "at most",
  required: 1.5,
  async measure(context) {
    const folders = { empty: await largeImage(context, 0), large: await largeImage(context, MILLION) };
    const times = { empty: [] as number[], large: [] as number[], object: [] as number[] };
    // The first round of each fills the page cache and Deno's caches.
    for (let round = 0; round <= (context.full ? 11 : 5); round++) {
      const empty = await open(folders.empty, "genesis");
      const large = await open(folders.large, nameOf(MILLION - 1));
      if (round === 0) continue;
      times.empty.push(empty.health);
      times.large.push(large.health);
      times.object.push(large.object);
    }
    return {
      ours: median(times.large),
      baseline: median(times.empty),
      how:
        `the process of \`deno task start\` until GET /health answered 200; medians of ${times.large.length} rounds, ` +
        "in turn with a new image",
      beside: {
        "slowest ms": rounded(Math.max(...times.large)),
        "last object made ms": rounded(median(times.object)),
        "image MB": await megabytesOf(folders.large),
      },
    };
  },
};

export const memoryRow: Row = {
  row: "open-1m-memory",
  what: `resident memory of the server on an image of ${MILLION} objects, against the bound`,
  unit: "MiB",
  bound: "at most",
  required: 1,
  async measure(context) {
    const large = await measureMemory(context, await largeImage(context, MILLION));
    const empty = await measureMemory(context, await largeImage(context, 0));
    return {
      ours: large.own,
      baseline: RESIDENT_MIB_MAX,
      how:
        `VmRSS of the process of \`deno task start\` with everything ready and ${TOUCHED} objects touched; ` +
        `baseline is the bound of ${RESIDENT_MIB_MAX} MiB`,
      beside: {
        "most so far MiB": rounded(large.most),
        "process tree MiB": rounded(large.tree),
        "a new image's server MiB": rounded(empty.own),
        "a new image's tree MiB": rounded(empty.tree),
      },
    };
  },
};

async function open(folder: string, name: string): Promise<{ health: number; object: number }> {
  await using served = await serveImage(folder, { TELOS_MODELS: modelsFolder() });
  const [health, object] = await Promise.all([
    untilAnswered(served, "/health"),
    untilAnswered(served, `/api/objects/${encodeURIComponent(name)}`),
  ]);
  return { health, object };
}

async function measureMemory({ say }: RowContext, folder: string) {
  await using served = await serveImage(folder, { TELOS_MODELS: modelsFolder() });
  await untilAnswered(served, "/health", (body) => {
    const { ready } = body as { ready: Record<"embedder" | "index" | "lexical", { state: string }> };
    return [ready.embedder, ready.index, ready.lexical].every(({ state }) => state === "ready");
  });
  await touch(served);
  const memory = await memoryOf(served.pid);
  say(`${folder.split("/").at(-1)}: ${memory.own.toFixed(0)} MiB, tree ${memory.tree.toFixed(0)} MiB`);
  return memory;
}

async function touch(served: ServedImage): Promise<void> {
  for (let n = 0; n < TOUCHED; n++) {
    const name = nameOf(n * Math.floor(MILLION / TOUCHED));
    // A new image does not have it: the answer is 404, and costs as much.
    await (await fetch(`${served.url}/api/objects/${encodeURIComponent(name)}`)).body?.cancel();
  }
}

async function megabytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) bytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return rounded(bytes / 1e6);
}
