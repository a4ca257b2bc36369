/** Reads every asset that is named to it, and says how many bytes each has. Run under narrow permissions by a test. */
import { type AssetName, readAsset } from "../../../actors/system/assets.ts";

const sizes: Record<string, number> = {};
for (const name of Deno.args) sizes[name] = (await readAsset(name as AssetName)).byteLength;
console.log(JSON.stringify(sizes));
