/**
 * Parts that tests use and that are not in the repository: a real Ollama server and a real small model, made by
 * the scripts under `TELOS_SHARED` (default: `../shared` beside the repository). Where a part is absent a test is
 * skipped with its reason in print; with `TELOS_REQUIRE_PARTS=1` it is built, or the test fails.
 */
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export type Found = { readonly found: true; readonly path: string } | {
  readonly found: false;
  readonly reason: string;
};

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** The folder with models, parts and baselines. */
export function sharedFolder(): string {
  return resolve(repository, Deno.env.get("TELOS_SHARED") ?? "../shared");
}

export function partsAreRequired(): boolean {
  return Deno.env.get("TELOS_REQUIRE_PARTS") === "1";
}

/** What the part's script prints, once it is built; never builds unless parts are required. */
export async function findPart(part: "ollama" | "smollm2"): Promise<Found> {
  const script = join(sharedFolder(), "parts", part);
  if (!await exists(script)) {
    return { found: false, reason: `${script} is not there; set TELOS_SHARED to the folder that has parts/` };
  }
  if (!partsAreRequired() && !await isBuilt(part)) {
    return { found: false, reason: `${part} is not built yet; run ${script} once` };
  }
  const { success, stdout, stderr } = await new Deno.Command("bash", { args: [script] }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) return { found: false, reason: `${script} failed: ${text(stderr).slice(-300)}` };
  return { found: true, path: text(stdout) };
}

/** A program of this machine, such as one of a Debian package. */
export async function findProgram(name: string, debianPackage: string): Promise<Found> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter).filter((each) => each !== "")) {
    if (await exists(join(folder, name))) return { found: true, path: join(folder, name) };
  }
  return { found: false, reason: `${name} is not on this machine; Debian has it in ${debianPackage}` };
}

/** A file outside the repository that a test reads. */
export async function findFile(path: string): Promise<Found> {
  if (await exists(path)) return { found: true, path };
  return { found: false, reason: `${path} is not there; set TELOS_SHARED to the folder that has it` };
}

/**
 * Registers a test that needs parts. It is ignored, and says why, when one is missing; it fails when parts are
 * required.
 */
export function testWithParts(name: string, found: Found, run: (path: string) => Promise<void>): void {
  if (found.found) return Deno.test(name, () => run(found.path));
  if (partsAreRequired()) {
    return Deno.test(name, () => {
      throw new Error(`TELOS_REQUIRE_PARTS=1, but ${found.reason}`);
    });
  }
  console.log(`skipped: ${name}: ${found.reason}`);
  Deno.test({ name, ignore: true, fn: () => {} });
}

async function isBuilt(part: string): Promise<boolean> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "", ".cache");
  const home = Deno.env.get("PARTS_HOME") ?? join(cache, "telos-parts");
  if (!await exists(home)) return false;
  for await (const entry of Deno.readDir(home)) {
    if (!entry.name.startsWith(`${part}-`)) continue;
    for await (const file of Deno.readDir(join(home, entry.name))) {
      if (file.isFile && (file.name === part || file.name.endsWith(".gguf"))) return true;
    }
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  }
}
