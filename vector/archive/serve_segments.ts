/**
 * The searcher's work, in its own process: checks segments against their sums, maps them, and answers searches one
 * after the other. A damaged or truncated file under a live mapping can end this process; the archive starts another,
 * and nothing else falls. Checking a segment is done in pieces, between which searches are answered; while none is
 * checked, the process waits for the next request and does nothing else.
 */
import { encodeFrame, floatsOf, type PipeFrames } from "./frames.ts";
import { type Graph, type GraphHit, releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import { HitRecords } from "./hit_records.ts";
import type { FileSum, SegmentToOpen, ServeReply, ServeRequest } from "./messages.ts";
import { nameRecordBytes, readAllSync, segmentFiles, sumOf } from "./segment_files.ts";

interface OpenSegment {
  readonly graph: Graph;
  readonly names: Deno.FsFile;
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
        segment.names.close();
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

/** The `count` best of all the segments, as records. Only of the best is it worth reading who they are. */
function search(segments: readonly OpenSegment[], query: Float32Array, count: number): Uint8Array {
  const found: { hit: GraphHit; names: Deno.FsFile }[] = [];
  for (const { graph, names } of segments) {
    for (const hit of searchGraph(graph, query, count)) found.push({ hit, names });
  }
  if (segments.length > 1) found.sort((one, two) => two.hit.score - one.hit.score);
  const kept = Math.min(count, found.length);
  const records = new HitRecords(kept);
  for (let place = 0; place < kept; place++) {
    const { hit, names } = found[place]!;
    readAllSync(names, hit.row * nameRecordBytes, records.put(place, hit.score));
  }
  return records.bytes;
}

async function openSegment(wanted: SegmentToOpen): Promise<OpenSegment> {
  const files = segmentFiles(wanted.path);
  checkSum("graph", await sumOf(files.graph), wanted.graph);
  checkSum("names", await sumOf(files.names), wanted.names);
  if (wanted.names.bytes !== wanted.rows * nameRecordBytes) {
    throw new Error(
      `its names must have ${wanted.rows * nameRecordBytes} bytes: they have ${wanted.names.bytes}`,
    );
  }
  const graph = await viewGraph(files.graph, wanted.dimensions, wanted.expansionSearch);
  if (graph.size() !== wanted.rows) {
    throw new Error(`its graph must hold ${wanted.rows} rows: it holds ${graph.size()}`);
  }
  return { graph, names: await Deno.open(files.names, { read: true }) };
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
