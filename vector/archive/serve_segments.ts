/**
 * The searcher's work, in its own process: checks segments against their sums, maps them, and answers searches one
 * after the other. A damaged or truncated file under a live mapping can end this process; the archive starts another,
 * and nothing else falls. Checking a segment is done in pieces, between which searches are answered; while none is
 * checked, the process waits for the next request and does nothing else.
 */
import { comparedOf, compareExactly } from "./exact_hits.ts";
import { encodeFrame, floatsOf, type PipeFrames } from "./frames.ts";
import { type Graph, type GraphHit, releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import { encodeHits } from "./hit_records.ts";
import type { FileSum, SegmentToOpen, ServeReply, ServeRequest } from "./messages.ts";
import { FileCutError, rowRecordBytes, segmentFiles, sumOf } from "./segment_files.ts";

interface OpenSegment {
  readonly graph: Graph;
  readonly rows: Deno.FsFile;
  readonly expansionSearch: number;
}

interface Answer {
  readonly reply: ServeReply;
  readonly body?: Uint8Array;
}

/** Serves the requests of `frames` until they end. */
export async function serveSegments(
  frames: PipeFrames<ServeRequest>,
  write: (frame: Uint8Array) => void,
): Promise<void> {
  const segments = new Map<string, OpenSegment>();
  const opening = new Set<Promise<void>>();
  for (;;) {
    const frame = opening.size > 0 ? await frames.next() : frames.nextSync();
    if (frame === null) break;
    const { header, body } = frame;
    if (header.type === "serve") throw new Error('"serve" is said once, first');
    const answered = answerInWords(header, body, segments).then(({ reply, body }) =>
      write(encodeFrame(reply, body))
    );
    if (header.type === "open") {
      opening.add(answered);
      answered.finally(() => opening.delete(answered));
    } else await answered;
  }
  await Promise.all(opening);
}

type Asked = Exclude<ServeRequest, { type: "serve" }>;

async function answerInWords(
  header: Asked,
  body: Uint8Array,
  segments: Map<string, OpenSegment>,
): Promise<Answer> {
  try {
    return await answer(header, body, segments);
  } catch (error) {
    if (error instanceof FileCutError) endAsDamaged(error);
    const message = error instanceof Error ? error.message : String(error);
    return { reply: { type: "failed", request: header.request, message } };
  }
}

async function answer(
  header: Asked,
  body: Uint8Array,
  segments: Map<string, OpenSegment>,
): Promise<Answer> {
  const { request } = header;
  switch (header.type) {
    case "open": {
      segments.set(header.segment, await openSegment(header));
      return { reply: { type: "done", request } };
    }
    case "release": {
      const segment = segments.get(header.segment);
      if (segment !== undefined) {
        segments.delete(header.segment);
        segment.rows.close();
        await releaseGraph(segment.graph);
      }
      return { reply: { type: "done", request } };
    }
    case "search": {
      const asked = header.segments.map((key) => segmentAt(segments, key));
      return { reply: { type: "hits", request }, body: search(asked, floatsOf(body), header.count) };
    }
    default:
      throw new Error(`"${(header as { type: unknown }).type}" is not a request`);
  }
}

/** As a cut mapping would: the archive starts another process, which checks every segment again. */
function endAsDamaged(error: FileCutError): never {
  console.error(`the archive's searcher ends, as a segment was cut while it served: ${error.message}`);
  Deno.exit(1);
}

/** The `count` best of what the graphs find, as records: who they are, and their exact scores, the best first. */
function search(segments: readonly OpenSegment[], query: Float32Array, count: number): Uint8Array {
  const compared = comparedOf(count);
  const found: { hit: GraphHit; rows: Deno.FsFile }[] = [];
  for (const { graph, rows, expansionSearch } of segments) {
    const hits = searchGraph(graph, query, { count: compared, candidates: expansionSearch });
    for (const hit of hits) found.push({ hit, rows });
  }
  if (segments.length > 1) found.sort((one, two) => two.hit.score - one.hit.score);
  const chosen = found.slice(0, compared).map(({ hit, rows }) => ({ row: hit.row, rows }));
  return encodeHits(compareExactly(chosen, query, count));
}

async function openSegment(wanted: SegmentToOpen): Promise<OpenSegment> {
  const files = segmentFiles(wanted.path);
  checkSum("graph", await sumOf(files.graph), wanted.graph);
  checkSum("rows", await sumOf(files.rows), wanted.rowsFile);
  const bytes = wanted.rows * rowRecordBytes(wanted.dimensions);
  if (wanted.rowsFile.bytes !== bytes) {
    throw new Error(`its rows must have ${bytes} bytes: they have ${wanted.rowsFile.bytes}`);
  }
  const graph = await viewGraph(files.graph, wanted.dimensions);
  if (graph.size() !== wanted.rows) {
    throw new Error(`its graph must hold ${wanted.rows} rows: it holds ${graph.size()}`);
  }
  return {
    graph,
    rows: await Deno.open(files.rows, { read: true }),
    expansionSearch: wanted.expansionSearch,
  };
}

function segmentAt(segments: Map<string, OpenSegment>, key: string): OpenSegment {
  const segment = segments.get(key);
  if (segment === undefined) throw new Error(`segment "${key}" is not open`);
  return segment;
}

function checkSum(what: string, found: FileSum, wanted: FileSum): void {
  if (found.bytes !== wanted.bytes) {
    throw new Error(`its ${what} must have ${wanted.bytes} bytes: it has ${found.bytes}`);
  }
  if (found.sha256 !== wanted.sha256) {
    throw new Error(`its ${what} must have the SHA-256 ${wanted.sha256}: it has ${found.sha256}`);
  }
}
