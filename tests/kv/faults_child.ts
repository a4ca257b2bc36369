/** Opens the image in a folder and says how that went. */
import { openStore, StoreError } from "../../kv/mod.ts";

try {
  await (await openStore({ folder: Deno.args[0]! })).close();
  console.log("opened");
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  console.log(`${error.name} ${error.code} ${error.message}`);
}
