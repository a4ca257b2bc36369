/**
 * An image in a process of its own, to be killed: `dying_image.ts FOLDER remember [POINT N]` remembers one text after the
 * other, edits and deletes some, and says each that is acknowledged; `dying_image.ts FOLDER move` has the model and says
 * how far the re-embedding is.
 */
import { memoryUntil, openWithMemory, realModel } from "./fixture.ts";

const [folder, task, point, count] = Deno.args;
let left = Number(count ?? 0);
const crash = (reached: string) => {
  if (reached === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
};
const image = await openWithMemory({
  folder: folder!,
  crash,
  ...(task === "move" ? { models: realModel } : {}),
});
const request = { who: "a test" };

if (task === "move") {
  for (;;) {
    const { index } = await memoryUntil(image, ({ index }) => index.progress !== undefined);
    console.log(index.progress);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const { operations } = image.image;
await operations.setSlot("archive_manager", "threshold_rows", 20, request);
for (let n = 0;; n++) {
  const [oid] = await image.remember(`note ${n} about topic${n}`);
  console.log(JSON.stringify({ oid, text: `note ${n} about topic${n}` }));
  if (n % 5 === 1) {
    await operations.setSlot(oid!, "text_chunk", `edited ${n} about subject${n}`, request);
    console.log(JSON.stringify({ oid, text: `edited ${n} about subject${n}` }));
  }
  if (n % 5 === 3) {
    await operations.delete(oid!, false, request);
    console.log(JSON.stringify({ oid, text: null }));
  }
}
