/**
 * The searcher's work, in its own process: checks segments against their sums, maps them, and answers searches one
 * after the other. A damaged or truncated file under a live mapping can end this process; the archive starts another,
 * and nothing else falls. Checking a segment is done in pieces, between which searches are answered.
 */
import { encodeFrame, floatsOf, type Frame } from "./frames.ts";
import { type Graph, releaseGraph, searchGraph, viewGraph } from "./graph.ts";
import type { FileSum, SegmentToOpen, ServeReply, ServeRequest } from "./messages.ts";
import { decodeName, nameRecordBytes, readAllSync, segmentFiles, sumOf } from "./segment_files.ts";

interface OpenSegment {
  readonly graph: Graph;
  readonly names: Deno.FsFile;
}

/** Serves the requests of `frames` until they end. */
export async function serveSegments(
  frames: AsyncIterator<Frame<ServeRequest>>,
  write: (frame: Uint8Array) => Promise<void>,
): Promise<void> {
  const segments = new Map<string, OpenSegment>();
  const reply = (message: ServeReply) => write(encodeFrame(message));
  const opening = new Set<Promise<void>>();
  for (let next = await frames.next(); !next.done; next = await frames.next()) {
    const { header, body } = next.value;
    if (header.type === "serve") throw new Error('"serve" is said once, first');
    const answered = answer(header, body, segments).then(
      reply,
      (error) =>
        reply({
          type: "failed",
          request: header.request,
          message: error instanceof Error ? error.message : String(error),
        }),
    );
    if (header.type === "open") {
      opening.add(answered);
      answered.finally(() => opening.delete(answered));
    } else await answered;
  }
  await Promise.all(opening);
}

async function answer(
  header: Exclude<ServeRequest, { type: "serve" }>,
  body: Uint8Array,
  segments: Map<string, OpenSegment>,
): Promise<ServeReply> {
  const { request } = header;
  switch (header.type) {
    case "open": {
      segments.set(header.segment, await openSegment(header));
      return { type: "done", request };
    }
    case "release": {
      const segment = segments.get(header.segment);
      if (segment !== undefined) {
        segments.delete(header.segment);
        segment.names.close();
        await releaseGraph(segment.graph);
      }
      return { type: "done", request };
    }
    case "search": {
      const query = floatsOf(body);
      const found = header.segments.flatMap((key) => {
        const segment = segmentAt(segments, key);
        return searchGraph(segment.graph, query, header.count).map((hit) => ({ ...hit, segment }));
      });
      found.sort((one, two) => two.score - one.score);
      // Only of the best is it worth reading who they are.
      return { type: "hits", request, hits: found.slice(0, header.count).map(named) };
    }
    default:
      throw new Error(`"${(header as { type: unknown }).type}" is not a request`);
  }
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

function named(hit: { row: number; score: number; segment: OpenSegment }): [string, string, number] {
  const record = new Uint8Array(nameRecordBytes);
  readAllSync(hit.segment.names, hit.row * nameRecordBytes, record);
  const { id, born } = decodeName(record);
  return [id, born, hit.score];
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
