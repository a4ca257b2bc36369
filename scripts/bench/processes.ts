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

/** Bytes that are the process's own and in no file, so that the system cannot take them back: the most of any child's. */
export async function anonymousOfChildren(pid: number): Promise<number> {
  let most = 0;
  for (const child of await descendantsOf(pid)) {
    const rollup = await Deno.readTextFile(`/proc/${child}/smaps_rollup`);
    const [, kib] = /^Anonymous:\s+(\d+) kB/m.exec(rollup) ?? [];
    most = Math.max(most, Number(kib ?? 0) * 1024);
  }
  return most;
}

/** Looks, until it is stopped, at the most that any child of a process was resident, bytes. */
export function watchChildren(pid: number, everyMs: number): { stop(): Promise<number> } {
  let most = 0;
  let looking = Promise.resolve();
  const look = async () => {
    for (const child of await descendantsOf(pid)) {
      try {
        most = Math.max(most, (await statusOf(child)).most);
      } catch (error) {
        // It ended meanwhile.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  };
  const timer = setInterval(() => looking = looking.then(look), everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
      return most;
    },
  };
}

const LOOK_MS = 100;

/** The most that a process was ever resident, MiB, as far as it could be looked at before its end. */
export async function mostOf(pid: number, ended: Promise<unknown>): Promise<number> {
  let most = 0;
  let over = false;
  ended.finally(() => over = true);
  while (!over) {
    try {
      most = Math.max(most, (await statusOf(pid)).most / MIB);
    } catch (error) {
      // It ended meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return most;
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
