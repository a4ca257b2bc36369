/**
 * Which language model lies in a models folder: the first folder by name with an ONNX network of a causal language model
 * and a `SHA256SUMS` that names its files. The sums are proved before the model is loaded.
 */
import { join, normalize } from "node:path";
import { z } from "zod";
import { localFilesMax } from "../limits.ts";

export interface LocalModel {
  readonly modelsFolder: string;
  readonly name: string;
  readonly dtype: "q8" | "q4" | "fp16" | "fp32";
  /** Of all its files. */
  readonly bytes: number;
  /** The sums, by path below its folder. */
  readonly sums: ReadonlyMap<string, string>;
  /** Of `SHA256SUMS` itself. */
  readonly digest: string;
}

export type LocalLook = { readonly model: LocalModel } | { readonly fault: string };

const SUMS = "SHA256SUMS";
/** The networks that are taken, the smallest first. */
const NETWORKS = [
  ["onnx/model_q4.onnx", "q4"],
  ["onnx/model_quantized.onnx", "q8"],
  ["onnx/model_fp16.onnx", "fp16"],
  ["onnx/model.onnx", "fp32"],
] as const;

const configSchema = z.object({ architectures: z.array(z.string()).default([]) });

/** The model, or why there is none, for a person; reads no weights. */
export async function findLocalModel(folders: readonly string[]): Promise<LocalLook> {
  const faults: string[] = [];
  for (const modelsFolder of folders) {
    for (const name of await foldersIn(modelsFolder)) {
      const look = await lookAt(modelsFolder, name);
      if (look === null) continue;
      if ("model" in look) return look;
      faults.push(look.fault);
    }
  }
  if (faults.length > 0) return { fault: faults.join("; ") };
  const where = folders.length === 0 ? "no models folder is named" : `none is in ${folders.join(" or ")}`;
  return { fault: `no local language model: ${where}` };
}

/** Null when every file is what its sum says, else what is wrong, for a person. */
export async function faultOf({ modelsFolder, name, sums }: LocalModel): Promise<string | null> {
  for (const [path, expected] of sums) {
    const file = join(modelsFolder, name, path);
    const bytes = await Deno.readFile(file);
    const actual = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    if (actual !== expected) return `${file} is not the file it should be (SHA-256 ${actual})`;
  }
  return null;
}

/** Null for a folder that is no language model at all. */
async function lookAt(modelsFolder: string, name: string): Promise<LocalLook | null> {
  const folder = join(modelsFolder, name);
  const config = await textOf(join(folder, "config.json"));
  if (config === null || !isCausal(config)) return null;
  const text = await textOf(join(folder, SUMS));
  if (text === null) return { fault: `${folder} has no ${SUMS}, so its files cannot be trusted` };
  const sums = sumsIn(text);
  if (sums === null) {
    return { fault: `${join(folder, SUMS)} is not what sha256sum prints for at most ${localFilesMax} files` };
  }
  const network = NETWORKS.find(([path]) => sums.has(path));
  if (network === undefined || !sums.has("config.json") || !sums.has("tokenizer.json")) {
    return { fault: `${join(folder, SUMS)} must name config.json, tokenizer.json and a network in onnx/` };
  }
  let bytes = 0;
  for (const path of sums.keys()) {
    const size = await sizeOf(join(folder, path));
    if (size === null) return { fault: `there is no file ${join(folder, path)}` };
    bytes += size;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
    .toHex();
  return { model: { modelsFolder, name, dtype: network[1], bytes, sums, digest } };
}

function isCausal(config: string): boolean {
  try {
    const { architectures } = configSchema.parse(JSON.parse(config));
    return architectures.some((each) => /CausalLM|LMHeadModel/.test(each));
  } catch (error) {
    // What cannot be read is no model of ours.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return false;
    throw error;
  }
}

function sumsIn(text: string): Map<string, string> | null {
  const sums = new Map<string, string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, sum, path] = /^([0-9a-f]{64})[ ][ *](.+)$/.exec(line) ?? [];
    const isBelow = path !== undefined && !path.startsWith("/") && !normalize(path).startsWith("..");
    if (sum === undefined || !isBelow || sums.size === localFilesMax) return null;
    sums.set(path, sum);
  }
  return sums;
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) if (!isFile) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  return names.sort();
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
