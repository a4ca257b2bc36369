/** Reads what a server answers while it verifies its image: lines of JSON, the last of which is the report. */
import { type VerifyLine, verifyLineSchema, type VerifyStep, type VerifyView } from "../protocol.ts";
import { VERIFY_LINE_LENGTH_MAX } from "./limits.ts";
import { badAnswer, RemoteError, unreachable } from "./remote_error.ts";

/** @throws {RemoteError} what the server answered, or that it went away or answered something else */
export async function readVerifyLines(
  url: string,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onProgress: (step: VerifyStep) => void,
): Promise<VerifyView> {
  for await (const line of linesOf(url, body)) {
    const told = parseLine(url, line);
    if ("report" in told) return told.report;
    if ("error" in told) throw new RemoteError(told.error, 200);
    onProgress(told.progress);
  }
  throw unreachable(url, new Error("it went away before it had a report"));
}

async function* linesOf(url: string, body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let open = "";
  try {
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (open + text).split("\n");
      open = lines.pop()!;
      if (open.length > VERIFY_LINE_LENGTH_MAX) throw badAnswer(url, 200, "a line without an end");
      yield* lines;
    }
  } catch (cause) {
    throw cause instanceof RemoteError ? cause : unreachable(url, cause);
  }
}

function parseLine(url: string, line: string): VerifyLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw badAnswer(url, 200, cause instanceof Error ? cause.message : String(cause));
  }
  const parsed = verifyLineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badAnswer(url, 200, "a line that is neither progress nor a report");
}
