/**
 * The command line composed over an image in memory, as a program of its own: what a test starts as a subprocess.
 * The image's lock is a real one; what is in the image lives as long as the process.
 */
import { join } from "node:path";
import { type CliEnvironment, environmentVariables, runCli } from "../../ui/cli/mod.ts";
import type { Door } from "../../ui/door/mod.ts";
import { startServer } from "../../ui/server/mod.ts";
import { MemoryDoor } from "./memory_door.ts";

class LockedError extends Error {
  readonly code = "image_locked";
  readonly hint = "Another process has it open.";
  readonly retryable = true;
  readonly details = {};
}

class LockedMemoryDoor extends MemoryDoor {
  constructor(folder: string, private readonly lock: Deno.FsFile) {
    super({ folder, mind: slowly });
  }

  override async close(): Promise<void> {
    await super.close();
    this.lock.close();
  }
}

async function* slowly(question: string): AsyncGenerator<string> {
  const words = question.includes("forever")
    ? Array<string>(10_000).fill("on and ")
    : ["You asked: ", question];
  for (const word of words) {
    yield word;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The environment of this process, over images in memory. */
export function memoryCliEnvironment(): CliEnvironment {
  const encoder = new TextEncoder();
  return {
    version: "0.0.0-test",
    program: () => [Deno.execPath()],
    openLocal: async (settings): Promise<Door> => {
      await Deno.mkdir(settings.image, { recursive: true });
      const lock = await Deno.open(join(settings.image, "lock"), { create: true, write: true });
      if (!await lock.tryLock(true)) {
        lock.close();
        throw new LockedError(`The image in ${settings.image} is open in another process`);
      }
      return new LockedMemoryDoor(settings.image, lock);
    },
    startServer,
    assets: { read: () => Promise.resolve(null) },
    stdout: (text) => void Deno.stdout.writeSync(encoder.encode(text)),
    stderr: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    stdin: () => Deno.stdin.readable,
    env: Object.fromEntries(environmentVariables.map((name) => [name, Deno.env.get(name)])),
    platform: Deno.build.os,
    currentFolder: Deno.cwd(),
    onInterrupt: (callback) => {
      const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
      for (const signal of signals) Deno.addSignalListener(signal, callback);
      return () => signals.forEach((signal) => Deno.removeSignalListener(signal, callback));
    },
    openBrowser: () => Promise.resolve(),
  };
}

if (import.meta.main) Deno.exit(await runCli(Deno.args, memoryCliEnvironment()));
