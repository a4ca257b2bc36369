/** What a process and those that it has started take of the machine's memory, as the system tells. */

const MIB = 1024 * 1024;

export interface Memory {
  /** MiB resident, of the process itself. */
  readonly own: number;
  /** The most it ever was. */
  readonly most: number;
  /** MiB resident of the process and all that descend from it; what they share is counted for each. */
  readonly tree: number;
}

/** @throws {Error} where the system does not tell: it is read from `/proc` */
export async function memoryOf(pid: number): Promise<Memory> {
  const { resident, most } = await statusOf(pid);
  let tree = resident;
  for (const child of await descendantsOf(pid)) tree += (await statusOf(child)).resident;
  return { own: resident / MIB, most: most / MIB, tree: tree / MIB };
}

async function statusOf(pid: number): Promise<{ resident: number; most: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const bytes = (field: string) => {
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status) ?? [];
    return Number(kib ?? 0) * 1024;
  };
  return { resident: bytes("VmRSS"), most: bytes("VmHWM") };
}

async function descendantsOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for await (const thread of Deno.readDir(`/proc/${pid}/task`)) {
    const children = await Deno.readTextFile(`/proc/${pid}/task/${thread.name}/children`);
    for (const child of children.trim().split(/\s+/).filter((text) => text !== "").map(Number)) {
      found.push(child, ...await descendantsOf(child));
    }
  }
  return found;
}
