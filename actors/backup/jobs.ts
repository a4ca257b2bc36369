/** What the backup actor does, each as one job that can be given up: looking, backing up, drilling. */
import { basename, dirname, isAbsolute, resolve } from "node:path";
import {
  BackupKey,
  type BackupResult,
  type Chain,
  readChains,
  rotate,
  StoreError,
  takeBackup,
} from "../../kv/mod.ts";
import type { DrillRequest } from "./drill.ts";
import { drillAnswerForm } from "./drill_child.ts";
import { type DrillReport, readDrillReport, writeDrillReport } from "./drill_report.ts";
import { drillAnswerBytesMax, drillMsMax } from "./limits.ts";
import type { BackupPorts } from "./ports.ts";
import { type BackupSettings, loadSettings, type ReadSettings } from "./settings.ts";

/** What is there, as it was looked at. */
export interface Look extends ReadSettings {
  /** Absolute: where the backups of this and of other images are. */
  readonly folder: string;
  readonly chains: readonly Chain[];
  readonly drill: DrillReport | null;
  readonly encrypted: boolean;
}

export async function look(ports: BackupPorts, signal: AbortSignal): Promise<Look> {
  const read = await loadSettings(ports.store);
  const folder = folderOf(read.settings, ports);
  const key = await readKey(ports);
  return await within(folder, async () => {
    const chains = await readChains(folder, ports.store.imageId, { key, signal });
    const drill = await readDrillReport(placeOf(folder, ports));
    return { ...read, folder, chains, drill, encrypted: key !== null };
  });
}

export interface BackUp {
  readonly full: boolean;
  readonly onProgress: (progress: { readonly entries: number; readonly bytes: number }) => void;
  readonly signal: AbortSignal;
}

export interface BackedUp extends BackupResult {
  /** Chains that rotation has removed. */
  readonly removed: readonly string[];
}

/** Backs up, then rotates. */
export async function backUp(ports: BackupPorts, job: BackUp): Promise<BackedUp> {
  const { settings } = await loadSettings(ports.store);
  const folder = folderOf(settings, ports);
  return await within(folder, () => backUpInto(folder, ports, { ...job, keepMs: settings.keepMs }));
}

async function backUpInto(
  folder: string,
  ports: BackupPorts,
  job: BackUp & Pick<BackupSettings, "keepMs">,
): Promise<BackedUp> {
  const { store, clock, crash } = ports;
  const tried = await readDrillReport(placeOf(folder, ports));
  const newest = (await readChains(folder, store.imageId, { signal: job.signal })).at(-1)?.chain;
  const isUnfit = tried?.ok === false && newest !== undefined && tried.chain === newest;
  const result = await takeBackup(store.beneath, {
    folder,
    imageId: store.imageId,
    key: await readKey(ports),
    full: job.full || isUnfit,
    why: isUnfit && !job.full ? "the restore drill of the newest chain failed" : null,
    clock,
    signal: job.signal,
    onProgress: job.onProgress,
    ...(crash === undefined ? {} : { crash }),
  });
  const removed = await rotate({
    folder,
    imageId: store.imageId,
    keepMs: job.keepMs,
    now: clock(),
  });
  return { ...result, removed };
}

/** Drills in a process of its own and keeps what came of it beside the backups. */
export async function drill(ports: BackupPorts, signal: AbortSignal): Promise<DrillReport> {
  const folder = folderOf((await loadSettings(ports.store)).settings, ports);
  return await within(folder, () => drillIn(folder, ports, signal));
}

async function drillIn(folder: string, ports: BackupPorts, signal: AbortSignal): Promise<DrillReport> {
  const begun = ports.clock();
  const chain = (await readChains(folder, ports.store.imageId, { signal })).at(-1)?.chain ?? null;
  const answer = await askChild(ports, {
    from: folder,
    imageId: ports.store.imageId,
    scratch: `${placeOf(folder, ports)}/.drill`,
    key: await ports.readKey(),
  }, signal);
  const at = ports.clock();
  const timed = { v: 1, at, tookMs: Math.max(0, at - begun) } as const;
  const report: DrillReport = answer.ok
    ? {
      ...timed,
      ...answer.outcome,
      ok: true,
      message: `restored, verified and asked: ${answer.outcome.answer}`,
    }
    : { ...timed, ok: false, message: answer.message, chain, position: null, objects: 0, thoughts: 0 };
  await writeDrillReport(placeOf(folder, ports), report);
  return report;
}

async function askChild(ports: BackupPorts, request: DrillRequest, signal: AbortSignal) {
  // Left by a drill that was killed.
  await removeTree(request.scratch);
  signal.throwIfAborted();
  const child = ports.spawnDrill();
  const overdue = AbortSignal.timeout(drillMsMax);
  const stop = () => child.kill("SIGKILL");
  const either = AbortSignal.any([signal, overdue]);
  either.addEventListener("abort", stop);
  try {
    await new Response(JSON.stringify(request)).body!.pipeTo(child.stdin);
    const { stdout, stderr } = await child.output();
    signal.throwIfAborted();
    if (overdue.aborted) {
      return { ok: false as const, message: `it took longer than ${drillMsMax / 60_000} minutes` };
    }
    return readAnswer(stdout, stderr);
  } finally {
    either.removeEventListener("abort", stop);
    await removeTree(request.scratch);
  }
}

function readAnswer(stdout: Uint8Array, stderr: Uint8Array) {
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1)?.slice(0, 300) ?? "";
  const text = new TextDecoder().decode(stdout.subarray(0, drillAnswerBytesMax));
  if (text === "") return { ok: false as const, message: `its process ended without an answer: ${said}` };
  return drillAnswerForm.parse(JSON.parse(text));
}

/** Runs what works in the backup folder; what the file system refuses is told with the folder and what to do. */
async function within<T>(folder: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (!(cause instanceof Error) || !isRefusal(cause)) throw cause;
    throw new StoreError("backup_folder", `Cannot use the backup folder "${folder}": ${cause.message}`, {
      hint: "Make it a folder that can be written, or name another in the slot folder of backup_manager.",
      details: { folder },
      retryable: true,
      cause,
    });
  }
}

/** Errors of the file system have the system's own code. */
function isRefusal(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code);
}

async function readKey(ports: BackupPorts): Promise<BackupKey | null> {
  const text = await ports.readKey();
  return text === null ? null : await BackupKey.read(text);
}

/** Where the setting says that backups are, seen from the image. */
function folderOf({ folder }: BackupSettings, { store }: BackupPorts): string {
  if (isAbsolute(folder)) return folder;
  return resolve(dirname(store.folder), folder === "" ? `${basename(store.folder)}-backups` : folder);
}

function placeOf(folder: string, { store }: BackupPorts): string {
  return `${folder}/${store.imageId}`;
}

async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    const isNone = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (!isNone) throw error;
  }
}
