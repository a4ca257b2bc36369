/**
 * The embedder's child process: loads the model from local files with `@huggingface/transformers` and turns batches of
 * texts into vectors. It reaches no network, writes no file, and ends when its input ends.
 */
import { embedTokensMax } from "../limits.ts";
import { type ChildReply, type ChildRequest, encodeFrame, readFrames, requestSchema } from "./frames.ts";

/** What the child needs: its package and the model's files, the native library in the package, the processor's kind. */
export const embedderChildPermissions: readonly string[] = [
  "--allow-read",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
];

type Embed = (texts: string[]) => Promise<Float32Array<ArrayBuffer>>;

/** Serves until standard input ends. */
export async function runEmbedderChild(): Promise<void> {
  // Standard output carries frames: what a library prints must not get between them.
  console.log = console.info = console.debug = console.error;
  let embed: Embed | null = null;
  for await (const { header } of readFrames<ChildRequest>(Deno.stdin.readable, requestSchema)) {
    try {
      if (header.type === "load") {
        embed = await load(header);
        await send({ type: "loaded", rss: Deno.memoryUsage().rss });
      } else {
        if (embed === null) throw new Error("no model was loaded");
        const vectors = await embed(header.texts);
        const reply = {
          type: "vectors",
          id: header.id,
          count: header.texts.length,
          rss: Deno.memoryUsage().rss,
        } as const;
        await send(reply, new Uint8Array(vectors.buffer));
      }
    } catch (error) {
      await send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function load(
  { modelsFolder, model, threads }: Extract<ChildRequest, { type: "load" }>,
): Promise<Embed> {
  const { env, mean_pooling, pipeline } = await import("@huggingface/transformers");
  env.localModelPath = modelsFolder;
  env.allowRemoteModels = false;
  env.useFSCache = false;
  const extract = await pipeline("feature-extraction", model, {
    dtype: "q8",
    device: "cpu",
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  // Not by the pipeline's own call: it reads as many tokens as there is room for, and the model was trained on fewer.
  const { tokenizer, model: network } = extract;
  const embed = async (texts: string[]): Promise<Float32Array<ArrayBuffer>> => {
    const inputs = tokenizer(texts, { padding: true, truncation: true, max_length: embedTokensMax });
    const { last_hidden_state } = await network(inputs);
    const { data } = mean_pooling(last_hidden_state, inputs.attention_mask).normalize(2, -1);
    return new Float32Array(data as ArrayLike<number>);
  };
  // The first run allocates: it belongs to the loading.
  await embed(["ready"]);
  return embed;
}

async function send(reply: ChildReply, body?: Uint8Array<ArrayBuffer>): Promise<void> {
  const bytes = encodeFrame(reply, body);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

if (import.meta.main) await runEmbedderChild();
