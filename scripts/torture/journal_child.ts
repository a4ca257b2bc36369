/**
 * A process whose thoughts change a few objects, and a page of text for each of them in a ledger beside the image; it
 * ends itself with SIGKILL at the n-th passing of a point. Arguments: folder, point, n, the first number to write.
 */
import { crashHook } from "../../actors/system/mod.ts";
import { keys } from "../../kv/mod.ts";
import { openLedger, PAGES } from "./ledger.ts";

const [folder, point, passes, first] = Deno.args as [string, string, string, string];
const crash = crashHook({ TELOS_TEST: "1", TELOS_CRASH_AT: `${point}:${passes}` });
const { store, ledger } = await openLedger(folder, crash);
for (let number = Number(first);; number += PAGES) {
  await Promise.all(Array.from({ length: PAGES }, async (_, page) => {
    await store.commit({ who: "ledger", why: `number ${number + page}` }, (thought) => {
      thought.set(keys.object(`page${page}`), number + page);
      ledger.write(thought, `page${page}`, `${number + page}`);
    });
    console.log(`${page} ${number + page}`);
  }));
}
