/**
 * A process that opens an image and commits, and ends itself with SIGKILL at a crash point: at its n-th passing.
 * It prints a line for every thought that was acknowledged. Arguments: folder, mode, point, n.
 */
import { keys, openStore } from "../../kv/mod.ts";

const [folder, mode, point, passes] = Deno.args as [string, string, string, string];
let left = Number(passes);
const store = await openStore({
  folder,
  crash: (at) => {
    if (at === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
  },
});
console.log("opened");

if (mode === "hold") {
  await new Promise(() => {
    setInterval(() => {}, 1_000);
  });
}

if (mode === "follow") {
  for (let wave = 0; wave < 4; wave++) {
    await Promise.all(Array.from({ length: 12 }, async () => {
      const { position, value } = await store.commit(
        { who: "child", why: `wave ${wave}` },
        async (thought) => {
          const sum = (await thought.get<number>(keys.object("sum")) ?? 0) + 1;
          thought.set(keys.object("sum"), sum);
          thought.set(keys.object(`o${sum}`), sum);
          return sum;
        },
        { follows: true },
      );
      console.log(`acknowledged ${value} ${position}`);
    }));
  }
}

for (let n = 0; n < 8; n++) {
  const size = mode === "small" ? 3 : 2_500;
  // What is heavy as well does not fit the deciding operation, and is staged before it.
  const text = "t".repeat(mode === "heavy" ? 400 : 40);
  await store.commit({ who: "child", why: `thought ${n}` }, async (thought) => {
    const sum = await thought.get<number>(keys.object("sum"));
    for (let i = 0; i < size; i++) thought.set(keys.object(`o${n % 2}-${i}`), { n, text });
    thought.set(keys.object("blob"), { n, text: "b".repeat(70_000) });
    thought.set(keys.object("sum"), (sum ?? 0) + 1);
    if (n > 0) thought.delete(keys.object(`once${n - 1}`));
    thought.set(keys.object(`once${n}`), n);
  });
  console.log(`acknowledged ${n}`);
}
await store.close();
