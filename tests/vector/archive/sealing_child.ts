/** Run by the crash test: opens the archive in a folder, adds rows 1000 to 2199, and dies at the point it is given. */
import { Archive } from "../../../vector/archive/mod.ts";
import { kernel, position, rowsOf, space, spawn, stream } from "./fixture.ts";

const [folder, point] = Deno.args;
const archive = await Archive.open(folder, {
  kernel,
  spawn,
  crash: (reached) => {
    if (reached === point) Deno.kill(Deno.pid, "SIGKILL");
  },
});
await archive.seal(stream(rowsOf(1000, 2200)), { space, watermark: position(2200) });
await archive.close();
console.log("sealed");
