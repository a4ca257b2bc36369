/** A server that really listens on loopback, over a door, in a folder of its own. */
import { type RunningServer, startServer, type StartServerOptions } from "../../ui/server/mod.ts";
import { MemoryDoor, type MemoryDoorOptions } from "./memory_door.ts";

export interface Served extends AsyncDisposable {
  readonly server: RunningServer;
  readonly door: MemoryDoor;
  readonly folder: string;
  readonly lines: string[];
  readonly url: string;
}

export async function serve(
  options: MemoryDoorOptions & Partial<StartServerOptions> = {},
): Promise<Served> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "telos-served-" });
  const lines: string[] = [];
  const door = new MemoryDoor({ ...options, folder });
  const server = await startServer({
    door,
    assets: { read: () => Promise.resolve(null) },
    host: "127.0.0.1",
    port: 0,
    version: "0.0.0-test",
    log: (line) => lines.push(line),
    ...options,
    folder,
  });
  return {
    server,
    door,
    folder,
    lines,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.shutdown("the test is over");
      await Deno.remove(folder, { recursive: true });
    },
  };
}
