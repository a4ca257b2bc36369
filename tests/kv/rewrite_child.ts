/**
 * A process that prunes an image up to a position, or forgets an object, and ends itself with SIGKILL at a point.
 * Arguments: folder, point, `prune` or `forget`, position or oid.
 */
import { openStore } from "../../kv/mod.ts";
import { textsOf } from "./rewrite_scene.ts";

const [folder, point, what, about] = Deno.args as [string, string, "prune" | "forget", string];
const store = await openStore({
  folder,
  crash: (at) => {
    if (at === point) Deno.kill(Deno.pid, "SIGKILL");
  },
});
if (what === "prune") await store.history.prune({ before: about });
else await store.history.forget({ oids: new Set([about]), textsOf });
await store.close();
