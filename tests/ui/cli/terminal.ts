/** Runs the command line in this process, over an image in memory, and keeps what it writes. */
import { type CliEnvironment, runCli } from "../../../ui/cli/mod.ts";
import { startServer } from "../../../ui/server/mod.ts";
import { MemoryDoor } from "../../support/memory_door.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Terminal {
  readonly door: MemoryDoor;
  readonly image: string;
  run(...args: string[]): Promise<Ran>;
  runWith(changes: Partial<CliEnvironment>, ...args: string[]): Promise<Ran>;
}

/** The image stays the same from command to command; `close` of its door is only noted. */
export function terminal(door = new MemoryDoor()): Terminal {
  const image = "/an-image-that-is-nowhere";
  const runWith = async (changes: Partial<CliEnvironment>, ...args: string[]): Promise<Ran> => {
    let out = "";
    let err = "";
    const code = await runCli(args, {
      version: "1.2.3",
      program: () => ["/programs/telos"],
      openLocal: () => Promise.resolve(door),
      startServer,
      assets: { read: () => Promise.resolve(null) },
      stdout: (text) => void (out += text),
      stderr: (text) => void (err += text),
      stdin: () => new Blob(["from standard input\n"]).stream(),
      env: { TELOS_IMAGE: image },
      platform: "linux",
      currentFolder: "/here",
      onInterrupt: () => () => {},
      openBrowser: () => Promise.resolve(),
      ...changes,
    });
    return { code, out, err };
  };
  return { door, image, run: (...args) => runWith({}, ...args), runWith };
}
