/**
 * A process that prunes an image up to a position, and ends itself with SIGKILL at the n-th passing of a point.
 * Arguments: folder, position, point, n.
 */
import { openStore } from "../../kv/mod.ts";

const [folder, before, point, passes] = Deno.args as [string, string, string, string];
let left = Number(passes);
const store = await openStore({
  folder,
  crash: (at) => {
    if (at === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
  },
});
await store.history.prune({ before });
await store.close();
