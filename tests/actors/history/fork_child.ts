/**
 * A process that forks an image, and ends itself with SIGKILL at a point. Arguments: folder, folder of the fork, point.
 */
import { forkImage } from "../../../actors/history/fork.ts";
import { openStore } from "../../../kv/mod.ts";

const [folder, fork, point] = Deno.args as [string, string, string];
const store = await openStore({ folder });
const crash = (at: string) => {
  if (at === point) Deno.kill(Deno.pid, "SIGKILL");
};
await forkImage({ store, position: store.position, folder: fork, clock: Date.now, crash });
await store.close();
