/**
 * A process that backs up an image, or restores one, and ends itself with SIGKILL at a crash point: at its n-th
 * passing. Arguments: `backup` or `restore`, root folder, point, n.
 */
import { openStore, restoreBackup, takeBackup } from "../../kv/mod.ts";

const [mode, root, point, passes] = Deno.args as [string, string, string, string];
let left = Number(passes);
const crash = (at: string) => {
  if (at === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
};
if (mode === "backup") {
  const store = await openStore({ folder: `${root}/image` });
  await takeBackup(store.beneath, { folder: `${root}/backups`, imageId: store.imageId, crash });
  await store.close();
} else {
  await restoreBackup({ from: `${root}/backups`, into: `${root}/restored`, derive: () => [], crash });
}
console.log("done");
