/** The disk that a row writes to: which file system, and what one bare fsync on it costs. */
import { join, resolve } from "node:path";
import { median, rounded } from "./statistics.ts";

export interface Disk {
  readonly fileSystem: string;
  /** Milliseconds of a write of one page and its fsync, the median. */
  readonly fsyncMs: number;
}

const FSYNCS = 50;
const IN_MEMORY = ["tmpfs", "ramfs", "devtmpfs"];

/** @throws {Error} when the folder is not on a disk: durable writes cost nothing there */
export async function examineDisk(folder: string): Promise<Disk> {
  const fileSystem = await fileSystemOf(folder);
  if (IN_MEMORY.includes(fileSystem)) {
    throw new Error(`${folder} is on ${fileSystem}, where nothing is durable: set TELOS_BENCH to a disk`);
  }
  const path = join(folder, "fsync");
  const page = new Uint8Array(4096);
  const times: number[] = [];
  using file = await Deno.open(path, { create: true, write: true });
  for (let i = 0; i < FSYNCS; i++) {
    const began = performance.now();
    file.writeSync(page);
    file.syncSync();
    times.push(performance.now() - began);
  }
  await Deno.remove(path);
  return { fileSystem, fsyncMs: rounded(median(times)) };
}

/** The type of the mount that a folder is on; "unknown" where the system does not say. */
async function fileSystemOf(folder: string): Promise<string> {
  if (Deno.build.os !== "linux") return "unknown";
  const path = await Deno.realPath(resolve(folder));
  const mounts = (await Deno.readTextFile("/proc/self/mountinfo")).trim().split("\n").map((line) => {
    const [left, right] = line.split(" - ");
    return { point: left!.split(" ")[4]!, type: right!.split(" ")[0]! };
  });
  const holds = (point: string) => point === "/" || path === point || path.startsWith(`${point}/`);
  // A later mount hides an earlier one at the same point.
  return mounts.filter(({ point }) => holds(point)).reduce((best, each) =>
    each.point.length >= best.point.length ? each : best
  ).type;
}
