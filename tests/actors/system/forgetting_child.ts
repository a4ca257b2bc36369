/** Opens an image and forgets one object of it, dying at a crash point on the way. Arguments: folder, oid, point. */
import { crashHook } from "../../../actors/system/mod.ts";
import { openTestImage } from "../../support/image.ts";

const [folder, oid, point] = Deno.args as [string, string, string];
const crash = crashHook({ TELOS_TEST: "1", TELOS_CRASH_AT: point })!;
const { door } = await openTestImage({ folder, crash });
await door.command({ command: "FORGET", object: oid, wait: true });
console.log("it was not killed");
await door.close();
