/** A stand-in for `main.ts` that carries what every part of the program finds through the assets. */
import { isChildKind, runChild, spawnChild } from "../../actors/system/assets.ts";

const [command, kind] = Deno.args;
if (command === "__child" && kind !== undefined && isChildKind(kind)) await runChild(kind);
else spawnChild("sandbox").kill("SIGKILL");
