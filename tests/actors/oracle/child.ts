/**
 * Takes the story up where the image is, and carries it on until it dies at a crash point, by SIGKILL. Arguments: folder,
 * seed, the number of the step to begin with, the crash point, at which passing.
 */
import { crashHook } from "../../../actors/system/mod.ts";
import { carryOut, openReal } from "./real.ts";
import { Script } from "./script.ts";

const [folder, seed, from, point, passing] = Deno.args as [string, string, string, string, string];
const script = new Script(Number(seed));
for (let step = 0; step < Number(from); step++) script.next();
const crash = crashHook({ TELOS_TEST: "1", TELOS_CRASH_AT: `${point}:${passing}` })!;
const real = await openReal(folder, crash);
for (;;) await carryOut(real, script.next().step);
