/** The default model from the Hugging Face hub, at a fixed revision. Without a network it fails within seconds. */
import { hubConnectMs, hubStallMs, modelFileBytesMax } from "../limits.ts";
import { type PutFile } from "./model_files.ts";
import { hubModel } from "./pinned_models.ts";

export const HUB = "https://huggingface.co";
const REPOSITORY = "Xenova/all-MiniLM-L6-v2";
const REVISION = "751bff37182d3f1213fa05d7196b954e230abad9";

export interface HubOptions {
  readonly hub: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** `total` is null when the hub does not say. */
  readonly onProgress: (
    progress: { readonly path: string; readonly bytes: number; readonly total: number | null },
  ) => void;
}

/** Brings every file. @throws when the hub cannot be reached, stands still, or answers anything but the files */
export async function fetchFromHub(put: PutFile, options: HubOptions): Promise<void> {
  for (const file of hubModel.files) await put(file, await download(file.path, options));
}

async function download(path: string, options: HubOptions): Promise<Uint8Array<ArrayBuffer>> {
  const url = `${options.hub}/${REPOSITORY}/resolve/${REVISION}/${path}`;
  const stall = new AbortController();
  const expire = (ms: number, what: string) =>
    setTimeout(() => stall.abort(new Error(`${url} ${what} within ${ms} ms`)), ms);
  let timer = expire(hubConnectMs, "did not answer");
  try {
    const signal = AbortSignal.any([options.signal, stall.signal]);
    const response = await options.fetch(url, { signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`${url} answered ${response.status}`);
    }
    const length = Number(response.headers.get("content-length") ?? NaN);
    const total = Number.isFinite(length) && length > 0 ? length : null;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    // Deno 2.9 forgets to end the body of a fetch once the garbage collector has been by; a pipe holds its signal.
    for await (const chunk of response.body.pipeThrough(new TransformStream(), { signal })) {
      clearTimeout(timer);
      timer = expire(hubStallMs, "sent nothing more");
      bytes += chunk.length;
      if (bytes > modelFileBytesMax) throw new Error(`${url} is longer than ${modelFileBytesMax} bytes`);
      chunks.push(chunk);
      options.onProgress({ path, bytes, total });
    }
    return joined(chunks, bytes);
  } finally {
    clearTimeout(timer);
    stall.abort();
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
