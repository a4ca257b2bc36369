/**
 * The builder's work, in its own process: takes rows from its input, adds them to a graph, saves it, makes inverted lists,
 * reads both back from the disk and measures how many of the exact nearest neighbours they find. The rows go to their file
 * as they come, so that the measure is exact and memory is bounded by the graph.
 */
import { Breath } from "../breath.ts";
import { buildLists } from "./build_lists.ts";
import { type BuildReply, type BuildRequest, type BuiltSegment } from "./messages.ts";
import { encodeFrame, floatsOf, type PipeFrames } from "./frames.ts";
import { makeGraph } from "./graph.ts";
import { InvertedLists } from "./inverted_lists.ts";
import { listedRowsMin, recallMin } from "./limits.ts";
import { measureRecall } from "./measure_recall.ts";
import { encodeRows, segmentFiles, sumOf, writeAll } from "./segment_files.ts";

type Reply = (reply: BuildReply) => void;
type Order = Extract<BuildRequest, { type: "build" }> & { readonly kernel: WebAssembly.Module };

/** Builds one segment from the frames that follow `first` and replies with what it made, or why it could not. */
export async function buildSegment(
  first: Order,
  frames: PipeFrames<BuildRequest>,
  write: (frame: Uint8Array) => void,
): Promise<void> {
  const reply: Reply = (message) => write(encodeFrame(message));
  try {
    const rows = await addRows(first, frames, reply);
    reply({ type: "progress", phase: "verifying", rows });
    const verified = await verify(first, rows, reply);
    if (verified.recall < recallMin) {
      reply({
        type: "failed",
        code: "archive_recall_low",
        message: `the graph finds ${
          verified.recall.toFixed(3)
        } of the exact neighbours where ${recallMin} must be found`,
      });
    } else reply({ type: "built", ...verified });
  } catch (error) {
    reply({
      type: "failed",
      code: "archive_build_failed",
      message: error instanceof Error ? error.message : String(error),
    });
  }
}

/** Adds all rows; answers how many. */
async function addRows(
  first: Order,
  frames: PipeFrames<BuildRequest>,
  reply: Reply,
): Promise<number> {
  const files = segmentFiles(first.path);
  const graph = await makeGraph(first.dimensions);
  using records = await Deno.open(files.rows, { write: true, create: true, truncate: true });
  const breath = new Breath();
  let rows = 0;
  while (true) {
    const frame = await frames.next();
    if (frame === null) throw new Error(`the input ended after ${rows} rows, before its end was said`);
    if (frame.header.type === "end") break;
    if (frame.header.type !== "rows") throw new Error(`"${frame.header.type}" is not expected among rows`);
    const { ids, born } = frame.header;
    const vectors = floatsOf(frame.body);
    if (born.length !== ids.length || vectors.length !== ids.length * first.dimensions) {
      throw new Error(
        `a frame of ${ids.length} rows must hold ${ids.length * first.dimensions} numbers: ${vectors.length}`,
      );
    }
    for (let row = 0; row < ids.length; row++) {
      const vector = vectors.subarray(row * first.dimensions, (row + 1) * first.dimensions);
      graph.add(BigInt(rows + row), vector, 1);
      breath.take();
    }
    await writeAll(records, encodeRows(ids, born, frame.body));
    rows += ids.length;
    reply({ type: "progress", phase: "building", rows });
  }
  graph.save(files.graph);
  await records.sync();
  using saved = await Deno.open(files.graph, { read: true, write: true });
  await saved.sync();
  return rows;
}

/** Makes lists, widens the searches until the recall suffices, and sums the files as they lie on the disk. */
async function verify(first: Order, rows: number, reply: Reply): Promise<BuiltSegment> {
  const files = segmentFiles(first.path);
  const { dimensions, kernel } = first;
  const progress = () => reply({ type: "progress", phase: "verifying", rows });
  const listed = rows >= listedRowsMin;
  if (listed) {
    await buildLists({ rowsPath: files.rows, listsPath: files.lists, rows, dimensions, kernel, progress });
  }
  const file = listed ? await sumOf(files.lists) : null;
  const lists = file === null
    ? null
    : await InvertedLists.open(files.lists, { sum: file, rows, dimensions }, kernel);
  const { steps, ...measured } = await measureRecall({
    graphPath: files.graph,
    rowsPath: files.rows,
    lists,
    rows,
    dimensions,
    progress,
  });
  if (listed && steps.length === 0) await Deno.remove(files.lists);
  return {
    rows,
    graph: await sumOf(files.graph),
    rowsFile: await sumOf(files.rows),
    lists: file === null || steps.length === 0 ? null : { file, steps },
    ...measured,
  };
}
