/** An image in a process of its own that is killed while it curates: `dying_curation.ts FOLDER POINT N`. */
import { LivingImage } from "../../../actors/system/mod.ts";
import { imageOptions } from "../../support/image.ts";
import { LocalDoor } from "../../../ui/door/mod.ts";
import { curate, remember, topics } from "./scene.ts";

const [folder, point, count] = Deno.args;
let left = Infinity;
const image = await LivingImage.open(imageOptions(folder!, {
  crash: (reached) => {
    if (reached === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
  },
}));
const door = new LocalDoor(image);
await remember(door, [...Object.values(topics).flat(), topics.sea[0], "ok thanks"]);
// What was counted so far is of the image's own beginning.
left = Number(count);
await curate(door);
console.log("it ended without being killed");
