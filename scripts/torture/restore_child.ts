/** Restores the newest backup, and dies at a crash point of it by SIGKILL. Arguments: backups, the new folder, point. */
import { crashHook } from "../../actors/system/mod.ts";
import { derivedKeys } from "../../actors/world/mod.ts";
import { restoreBackup } from "../../kv/mod.ts";

const [from, into, point] = Deno.args as [string, string, string];
const crash = crashHook({ TELOS_TEST: "1", TELOS_CRASH_AT: point })!;
await restoreBackup({ from, into, derive: derivedKeys, crash });
