/** Children, models and archives for the tests of the embedder. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { embedderChildPermissions, type ModelSource, pinnedModels } from "../../../vector/embedding/mod.ts";
import { MODEL_NAME } from "../../../vector/embedding/pinned_models.ts";
import { findFile, sharedFolder, testWithParts } from "../../support/parts.ts";

const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

function spawnScript(
  script: URL,
  permissions: readonly string[],
  args: readonly string[] = [],
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--frozen",
      `--config=${CONFIG}`,
      ...permissions,
      fileURLToPath(script),
      ...args,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The child as the product runs it. */
export function spawnReal(): Deno.ChildProcess {
  return spawnScript(
    new URL("../../../vector/embedding/child.ts", import.meta.url),
    embedderChildPermissions,
  );
}

/** A child that misbehaves on demand: see `unruly_child.ts`. */
export function spawnUnruly(...args: string[]): Deno.ChildProcess {
  return spawnScript(new URL("unruly_child.ts", import.meta.url), [], args);
}

const models = join(sharedFolder(), "models");
const model = await findFile(join(models, MODEL_NAME));

/** The folder with the real model's folder, or null. */
export const realModels: string | null = model.found ? models : null;

/** Registers a test that needs the real model; skipped with its reason where there is none. */
export function testWithModel(name: string, run: () => Promise<void>): void {
  testWithParts(name, model, run);
}

/** A source that has a model at once; an unruly child does not look at its files. */
export const anyModel: ModelSource = {
  find: () => Promise.resolve({ modelsFolder: "/nowhere", space: pinnedModels[0]!.space, from: "folder" }),
};

export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A copy of the real model that may be damaged. */
export async function copyModel(from: string, to: string): Promise<string> {
  const folder = join(to, MODEL_NAME);
  await Deno.mkdir(join(folder, "onnx"), { recursive: true });
  for (const { path } of pinnedModels[0]!.files) {
    await Deno.copyFile(join(from, MODEL_NAME, path), join(folder, path));
    await Deno.chmod(join(folder, path), 0o644);
  }
  return folder;
}

/** Resolves once `look` is true; the test's own time-out is the bound. */
export async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A ZIP archive with these members, stored or deflated. */
export async function zipOf(
  members: readonly { name: string; bytes: Uint8Array; deflated: boolean }[],
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes, deflated } of members) {
    const text = new TextEncoder().encode(name);
    const body = deflated ? await deflate(bytes) : bytes;
    const method = deflated ? 8 : 0;
    const local = fields(
      [4, 0x04034b50],
      [2, 20],
      [2, 0],
      [2, method],
      [4, 0],
      [4, 0],
      [4, body.length],
      [4, bytes.length],
      [2, text.length],
      [2, 0],
    );
    directory.push(
      fields(
        [4, 0x02014b50],
        [2, 20],
        [2, 20],
        [2, 0],
        [2, method],
        [4, 0],
        [4, 0],
        [4, body.length],
        [4, bytes.length],
        [2, text.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, offset],
      ),
      text,
    );
    parts.push(local, text, body);
    offset += local.length + text.length + body.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, members.length], [2, members.length], [4, size], [
    4,
    offset,
  ], [2, 0]);
  return new Uint8Array(await new Blob([...parts, ...directory, end] as BlobPart[]).arrayBuffer());
}

function fields(...values: [bytes: number, value: number][]): Uint8Array {
  const out = new Uint8Array(values.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of values) {
    for (let byte = 0; byte < bytes; byte++) out[at++] = Math.floor(value / 256 ** byte) % 256;
  }
  return out;
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
