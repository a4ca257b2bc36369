/**
 * `deno task compile`: makes the single binary `dist/telos`, with the canvas, the WebAssembly modules, the workers and
 * the children's programs inside, under the permissions of the task `start` and of its children. The runtime that goes into it (denort) is
 * fetched by Deno; where it cannot be, this says so plainly and what to do.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { binaryIncludes, permissionsOfChildren, readAsset } from "../actors/system/assets.ts";

const ROOT = new URL("../", import.meta.url);

export interface CompileOptions {
  /** The module that the binary runs. */
  readonly entry: string;
  readonly output: string;
  /** `--allow-…` flags. */
  readonly permissions: readonly string[];
  /** Files and folders that the binary carries beside the entry's imports. */
  readonly includes: readonly string[];
  /** Files and folders that it does not carry although a package has them. */
  readonly excludes: readonly string[];
  /** A Deno target triple; this machine's when absent. */
  readonly target?: string | undefined;
}

/** The command line of `deno compile`. Native packages need their files side by side, hence self-extracting. */
export function compileArguments(options: CompileOptions): string[] {
  return [
    "compile",
    "--no-prompt",
    // Types are checked by their own task; here they would only be checked again.
    "--no-check",
    "--frozen",
    "--self-extracting",
    "--exclude-unused-npm",
    `--config=${fileURLToPath(new URL("deno.json", ROOT))}`,
    ...(options.target === undefined ? [] : [`--target=${options.target}`]),
    ...options.permissions,
    ...options.includes.map((path) => `--include=${path}`),
    ...options.excludes.map((path) => `--exclude=${path}`),
    `--output=${options.output}`,
    options.entry,
  ];
}

/**
 * Native code for other systems than the binary's, which the package of the embedding runtime brings for all of them:
 * a third of the binary.
 * @param packages the folder of the package cache in which packages lie by name and version
 */
export async function foreignBinaries(packages: URL, os: string, arch: string): Promise<string[]> {
  const foreign: string[] = [];
  const platform = os === "windows" ? "win32" : os;
  const processor = arch === "aarch64" ? "arm64" : "x64";
  for await (const path of folders(new URL("onnxruntime-node/", packages), 4)) {
    const [, binaries, , system, kind] = path.pathname.slice(packages.pathname.length).split("/").slice(1);
    if (binaries === "bin" && (system !== platform || kind !== processor)) foreign.push(fileURLToPath(path));
  }
  return foreign;
}

/** The folders so many levels below, or none when there is no such folder. */
async function* folders(folder: URL, depth: number): AsyncGenerator<URL> {
  let names: string[];
  try {
    names = (await Array.fromAsync(Deno.readDir(folder))).filter((one) => one.isDirectory).map((one) =>
      one.name
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return;
  }
  for (const name of names) {
    const below = new URL(`${name}/`, folder);
    if (depth === 0) yield below;
    else yield* folders(below, depth - 1);
  }
}

/** The operating system and processor of a target triple; this machine's without one. */
export function platformOf(target: string | undefined): { os: string; arch: string } {
  if (target === undefined) return { os: Deno.build.os, arch: Deno.build.arch };
  const os = /windows|darwin|linux/.exec(target)?.[0];
  if (os === undefined) throw new Error(`"${target}" is not a target, such as x86_64-unknown-linux-gnu`);
  return { os, arch: target.startsWith("aarch64") ? "aarch64" : "x86_64" };
}

/**
 * The permissions that a task of deno.json runs under. What the task finds out on the machine, as in `--allow-run=$(…)`,
 * cannot be known when the binary is made, which runs elsewhere: that permission is given whole.
 * @throws {Error} when there is no such task
 */
export function permissionsOfTask(config: string, task: string): string[] {
  const { tasks } = JSON.parse(config) as { tasks?: Record<string, string | { command: string }> };
  const found = tasks?.[task];
  const command = typeof found === "string" ? found : found?.command;
  if (command === undefined) throw new Error(`deno.json has no task "${task}" to take the permissions from`);
  const known = command.replaceAll(/="?\$\([^)]*\)"?/g, "");
  const flags = known.match(/(?:^|\s)(?:--allow-[a-z]+|--deny-[a-z]+|-A)(?:=(?:"[^"]*"|\S+))?/g) ?? [];
  return flags.map((flag) => flag.trim().replaceAll('"', ""));
}

/** The binary is also its own children: what one of them needs takes the place of a narrower flag of the server's. */
export function withChildren(server: readonly string[], children: readonly string[]): string[] {
  const own = server.filter((flag) => !children.includes(flag.replace(/=.*/s, "")));
  return [...own, ...children];
}

/** What went wrong, in words and with what to do, from what `deno compile` printed. */
export function explainFailure(printed: string, denort: string | undefined): string {
  const said = printed.split("\n").map((line) => line.trim()).filter((line) => line !== "").slice(-8).join(
    "\n  ",
  );
  const how = `Set DENORT_BIN to a denort of version ${Deno.version.deno} (it is in every Deno release, as ` +
    `denort-<target>.zip), or compile where Deno's download server can be reached.`;
  if (denort !== undefined && /DENORT_BIN|No such file|os error 2|cannot find/i.test(printed)) {
    return `Cannot compile as DENORT_BIN names "${denort}", which cannot be used.\n${how}\nDeno said:\n  ${said}`;
  }
  if (/denort|Setting up base binary|Download http/i.test(printed)) {
    return `Cannot compile as the compile runtime (denort ${Deno.version.deno}) cannot be fetched.\n${how}\n` +
      `Deno said:\n  ${said}`;
  }
  return `Cannot compile as "deno compile" failed.\nDeno said:\n  ${said}`;
}

/** @returns the files named that are not there */
export async function missingFiles(paths: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const path of paths) {
    try {
      await Deno.stat(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      missing.push(path);
    }
  }
  return missing;
}

/** Runs `deno compile`. @returns what it printed. @throws {Error} with {@linkcode explainFailure}'s words */
export async function compile(options: CompileOptions): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(options),
    env: { NO_COLOR: "1" },
  }).output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(explainFailure(printed, Deno.env.get("DENORT_BIN")));
  await checkBinary(options);
  return printed;
}

/** A runtime that ignores what it carries (a plain `deno` in the place of denort) answers with its own version. */
async function checkBinary(options: CompileOptions): Promise<void> {
  if (options.target !== undefined) return;
  const { stdout } = await new Deno.Command(options.output, { args: ["--version"], stderr: "null" }).output();
  const version = new TextDecoder().decode(stdout);
  if (!version.startsWith("deno ")) return;
  throw new Error(
    `The binary was made, but does not run what it carries, as DENORT_BIN names a deno and not a denort.\n` +
      `Set it to a denort of version ${Deno.version.deno}.`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { target: { type: "string" }, output: { type: "string" } },
  });
  const dist = fileURLToPath(new URL("dist/", ROOT));
  await Deno.mkdir(dist, { recursive: true });
  await Deno.writeFile(`${dist}quickjs.wasm`, await readAsset("quickjs.wasm"));
  const { built, modules } = binaryIncludes();
  const paths = [...built, ...modules].map((url) => fileURLToPath(url));
  const missing = await missingFiles(paths);
  if (missing.length > 0) {
    throw new Error(
      `Cannot compile as these are not built yet: ${missing.join(", ")}.\nRun "deno task build" first.`,
    );
  }
  const { os, arch } = platformOf(values.target);
  // The package lies at PACKAGES/@huggingface/transformers/VERSION/dist/FILE.
  const packages = new URL("../../../../", import.meta.resolve("@huggingface/transformers"));
  const config = await Deno.readTextFile(new URL("deno.json", ROOT));
  const output = values.output ?? `${dist}telos${os === "windows" ? ".exe" : ""}`;
  console.error(
    await compile({
      entry: fileURLToPath(new URL("main.ts", ROOT)),
      output,
      permissions: withChildren(permissionsOfTask(config, "start"), permissionsOfChildren()),
      includes: paths,
      excludes: await foreignBinaries(packages, os, arch),
      target: values.target,
    }),
  );
  console.log(output);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
