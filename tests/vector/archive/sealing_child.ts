/** Run by the crash test: opens the archive in a folder, adds rows 1000 to 1299, and dies at the point it is given. */
import { Archive } from "../../../vector/archive/mod.ts";
import { position, rowsOf, space, spawn, stream } from "./fixture.ts";

const [folder, point] = Deno.args;
const archive = await Archive.open(folder, {
  spawn,
  crash: (reached) => {
    if (reached === point) Deno.kill(Deno.pid, "SIGKILL");
  },
});
await archive.seal(stream(rowsOf(1000, 1300)), { space, watermark: position(1300) });
await archive.close();
console.log("sealed");
