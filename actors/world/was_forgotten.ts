/** What is made of something that was forgotten meanwhile would bring it back: who keeps such a thing asks here first. */
import { keys } from "../../kv/mod.ts";
import type { WorldTransaction } from "./transaction.ts";
import type { World } from "./world.ts";

/** Whether one of these is forgotten. All of them are read by the thought, so that none is before it is decided. */
export async function wasForgotten(
  { store }: World,
  tx: WorldTransaction,
  oids: Iterable<string>,
): Promise<boolean> {
  for (const oid of new Set(oids)) {
    if ((await tx.read(oid)) !== null) continue;
    const [last] = await store.changesOf(keys.object(oid), { newest: true, limit: 1 });
    if (last !== undefined && (await store.logEntry(last, { images: false }))?.kind === "forget") return true;
  }
  return false;
}
