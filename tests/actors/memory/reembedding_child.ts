/** Opens the image in the folder given, whose memories are hashed, with the model, and says each change of progress. */
import { openWithMemory, realModel } from "./fixture.ts";

const image = await openWithMemory({ folder: Deno.args[0]!, models: realModel });
let told = "";
for (;;) {
  const { detail = "", progress } = image.parts.memory?.status.index ?? {};
  if (progress !== undefined && detail !== told) console.log(told = detail);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
