/** A process that makes an image in the folder it is given and ends itself with SIGKILL before the image has its name. */
import { makeImage } from "../../kv/mod.ts";

await makeImage(Deno.args[0]!, nothing(), {
  how: "restore",
  imageId: "parent",
  position: "000001-00000000000000060000-0000",
  epoch: 1,
  at: 1,
}, { beforeRename: () => Deno.kill(Deno.pid, "SIGKILL") });

async function* nothing(): AsyncGenerator<never> {}
