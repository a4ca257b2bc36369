/**
 * Reads bodies: JSON bounded in bytes, in depth and in time, before anything is made of it; an archive, of which no
 * size is too large, bounded in the time between its pieces.
 */
import { roundedIn } from "../protocol.ts";
import type { ServerLimits } from "./limits.ts";
import { ServerError } from "./server_error.ts";

/**
 * @throws {ServerError} `wrong_content_type`, `too_large`, `not_json`, `too_deep`, `body_interrupted`, or `wrong_shape`
 * for a number that would be rounded
 */
export async function readJson(request: Request, limits: ServerLimits): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    throw new ServerError(
      "wrong_content_type",
      `A command must be sent as application/json: this one came as ${type === "" ? "nothing" : `"${type}"`}`,
      { hint: "Set the header content-type: application/json.", details: { contentType: type } },
    );
  }
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > limits.bodyBytesMax) throw tooLarge(declared, limits);
  const text = decode(await readBytes(request, limits));
  if (depthOf(text) > limits.jsonDepthMax) {
    throw new ServerError("too_deep", `JSON may be nested ${limits.jsonDepthMax} deep at most`, {
      hint: "Put the inner parts into objects of their own and refer to them.",
      details: { depthMax: limits.jsonDepthMax },
    });
  }
  const value = parse(text);
  const rounded = roundedIn(text);
  if (rounded === null) return value;
  throw new ServerError("wrong_shape", `The number ${rounded.slice(0, 100)} cannot be stored exactly`, {
    hint: `Whole numbers are exact up to ${Number.MAX_SAFE_INTEGER}; send it as a text, in quotes.`,
    details: { number: rounded.slice(0, 100) },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** How deep brackets are nested, without parsing: a parser would already have to hold it. */
export function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (inText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

/**
 * The pieces of a body as they come. What is made of one is not counted as waiting for the next.
 * @throws {ServerError} `body_interrupted` when none comes within `idleMs`, or its sender goes away
 */
export async function* piecesOf(
  body: ReadableStream<Uint8Array>,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await nextWithin(reader, idleMs);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function nextWithin(reader: ReadableStreamDefaultReader<Uint8Array>, idleMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing more came within ${idleMs} ms`)), idleMs);
  });
  try {
    return await Promise.race([reader.read(), late]);
  } catch (cause) {
    throw new ServerError("body_interrupted", "The archive broke off before its end", {
      hint: "Send it again: nothing of it was taken in.",
      retryable: true,
      details: { idleMs },
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function readBytes(request: Request, limits: ServerLimits): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => undefined);
  }, limits.bodyMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw new Error(`it did not come in within ${limits.bodyMs} ms`);
      if (done) break;
      size += value.byteLength;
      if (size > limits.bodyBytesMax) throw tooLarge(size, limits);
      chunks.push(value);
    }
  } catch (cause) {
    if (cause instanceof ServerError) {
      reader.cancel().catch(() => undefined);
      throw cause;
    }
    throw new ServerError("body_interrupted", "The body broke off before its end", {
      hint: "Send the command again.",
      retryable: true,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notJson("it is not UTF-8", cause);
  }
}

function tooLarge(bytes: number, limits: ServerLimits): ServerError {
  return new ServerError(
    "too_large",
    `A body must be <= ${limits.bodyBytesMax} bytes: this one has ${bytes} or more`,
    {
      hint: "Send it in several commands.",
      details: { bytes, bytesMax: limits.bodyBytesMax },
    },
  );
}

function notJson(reason: string, cause: unknown): ServerError {
  return new ServerError("not_json", `The body is not JSON: ${reason}`, {
    hint: 'A command looks like {"command":"REMEMBER","text":"…"}.',
    cause,
  });
}
