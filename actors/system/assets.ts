/**
 * The one place where everything that the program carries besides its own code is found, from source and in the single
 * binary alike: the canvas, the WebAssembly modules, the workers, and the programs of child processes. Nothing else in
 * the product builds a path to a part of itself.
 */
import { AssetError } from "./assets_error.ts";
import { spawnChild } from "./children.ts";

export { AssetError } from "./assets_error.ts";
export {
  CHILD_COMMAND,
  type ChildKind,
  giveUpChildrensPermissions,
  isChildKind,
  permissionsOfChildren,
  runChild,
  spawnChild,
} from "./children.ts";

/** A file of the canvas, or a WebAssembly module. */
export type AssetName = "exact.wasm" | "quickjs.wasm" | `canvas/${string}`;

/** Workers of the server process, by name, with their modules. */
const WORKERS = {
  compact: "../../kv/compact_worker.ts",
  exact: "../../vector/exact/worker.ts",
  ingest: "../ingest/reader_worker.ts",
  lexical: "../../vector/lexical/worker.ts",
  questions: "../questions/codebook_worker.ts",
} as const;
export type WorkerName = keyof typeof WORKERS;

/** Everything that is built, and in the binary everything that is not code, is below this folder. */
const DIST = new URL("../../dist/", import.meta.url);

const ASSET_NAME =
  /^(?:exact\.wasm|quickjs\.wasm|canvas\/[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*)$/;

/**
 * Where an asset is. From source, QuickJS comes out of its package; in the binary it lies with the others.
 * @throws {AssetError} `asset_unknown` for a name that is none
 */
export function assetUrl(name: AssetName): URL {
  if (!ASSET_NAME.test(name)) {
    throw new AssetError(
      "asset_unknown",
      `There is no asset "${name}"`,
      "Names are exact.wasm, quickjs.wasm or canvas/FILE.",
    );
  }
  if (name === "quickjs.wasm" && !Deno.build.standalone) {
    return new URL(import.meta.resolve("@jitl/quickjs-wasmfile-release-sync/wasm"));
  }
  return new URL(name, DIST);
}

/** @throws {AssetError} `asset_unknown`, or `asset_missing` when it was not built */
export async function readAsset(name: AssetName): Promise<Uint8Array<ArrayBuffer>> {
  const url = assetUrl(name);
  try {
    return await Deno.readFile(url);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new AssetError(
      "asset_missing",
      `The asset "${name}" is not there`,
      'Run "deno task build" once.',
      error,
    );
  }
}

/** The module of a worker, for `new Worker(url, { type: "module" })`. */
export function workerUrl(name: WorkerName): URL {
  return new URL(WORKERS[name], import.meta.url);
}

/** What the single binary must include beside the modules that `main.ts` imports. The built ones are told apart. */
export function binaryIncludes(): { readonly built: URL[]; readonly modules: URL[] } {
  return {
    built: ["canvas/", "exact.wasm", "quickjs.wasm"].map((name) => new URL(name, DIST)),
    modules: (Object.keys(WORKERS) as WorkerName[]).map(workerUrl),
  };
}

/** What `Sandbox.start` needs of the program's own parts. */
export function sandboxParts() {
  return {
    spawn: () => spawnChild("sandbox"),
    wasm: () => readAsset("quickjs.wasm"),
    probe: sandboxProbe(),
  };
}

/** A file that this process can open and a sandbox process must not: what its self-test tries. */
export function sandboxProbe(): string {
  return Deno.execPath();
}
