/**
 * A process whose thoughts change a text file besides, and that ends itself with SIGKILL at a crash point: at its n-th
 * passing. It prints a line for every thought that was acknowledged. Arguments: folder, point, n.
 */
import { keys } from "../../kv/mod.ts";
import { openLedger } from "../../scripts/torture/ledger.ts";

const [folder, point, passes] = Deno.args as [string, string, string];
let left = Number(passes);
const crash = (at: string) => {
  if (at === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
};
const { store, ledger } = await openLedger(folder, crash);
console.log("opened");
for (let n = 0; n < 6; n++) {
  await store.commit({ who: "child", why: `thought ${n}` }, (thought) => {
    thought.set(keys.object("n"), n);
    ledger.write(thought, `page${n % 2}`, `thought ${n} `.repeat(500));
  });
  console.log(`acknowledged ${n}`);
}
