/**
 * The local mind's child process: loads a language model from local files with `@huggingface/transformers` and writes
 * what it says, token by token. It reaches no network, writes no file, and ends when its input ends.
 */
import { encodeLine, type LocalReply, type LocalRequest, readLines, requestSchema } from "./lines.ts";

/** What the child needs: its package and the model's files, the native library in the package, the processor's kind. */
export const localChildPermissions: readonly string[] = [
  "--allow-read",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
];

type Load = Extract<LocalRequest, { type: "load" }>;
type Generate = Extract<LocalRequest, { type: "generate" }>;
type Speak = (request: Generate, stopped: () => boolean) => Promise<void>;

/** Serves until standard input ends. */
export async function runLocalChild(): Promise<void> {
  // Standard output carries messages: what a library prints must not get between them.
  console.log = console.info = console.debug = console.error;
  let speak: Speak | null = null;
  let stoppedId: number | null = null;
  const serve = async (request: Load | Generate): Promise<void> => {
    try {
      if (request.type === "load") {
        speak = await load(request);
        send({ type: "loaded", rss: Deno.memoryUsage().rss });
      } else {
        if (speak === null) throw new Error("no model was loaded");
        await speak(request, () => stoppedId === request.id);
      }
    } catch (error) {
      send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  };
  for await (const request of readLines<LocalRequest>(Deno.stdin.readable, requestSchema)) {
    if (request.type === "stop") stoppedId = request.id;
    // Not waited for: a stop must be heard while it speaks. The host asks for one thing at a time.
    else void serve(request);
  }
}

async function load({ modelsFolder, model, dtype, threads }: Load): Promise<Speak> {
  const { env, InterruptableStoppingCriteria, pipeline, TextStreamer } = await import(
    "@huggingface/transformers"
  );
  env.localModelPath = modelsFolder;
  env.allowRemoteModels = false;
  env.useFSCache = false;
  const { tokenizer, model: network } = await pipeline("text-generation", model, {
    dtype,
    device: "cpu",
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  return async ({ id, messages, tokensMax, temperature }, stopped) => {
    const prompt = tokenizer.apply_chat_template(messages, { tokenize: false, add_generation_prompt: true });
    const inputs = tokenizer(prompt as string, { add_special_tokens: false });
    let tokens = 0;
    const stopping = new InterruptableStoppingCriteria();
    const streamer = new TextStreamer(tokenizer, {
      skip_prompt: true,
      skip_special_tokens: true,
      token_callback_function: () => {
        tokens++;
        if (stopped()) stopping.interrupt();
      },
      callback_function: (text: string) => {
        if (text !== "") send({ type: "token", id, text, rss: Deno.memoryUsage().rss });
      },
    });
    await network.generate({
      ...inputs,
      max_new_tokens: tokensMax,
      do_sample: temperature > 0,
      ...(temperature > 0 ? { temperature } : {}),
      streamer,
      stopping_criteria: stopping,
    });
    const promptTokens = inputs.input_ids.dims.at(-1) as number;
    send({ type: "done", id, tokens, promptTokens, rss: Deno.memoryUsage().rss });
  };
}

function send(reply: LocalReply): void {
  const bytes = encodeLine(reply);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) await runLocalChild();
