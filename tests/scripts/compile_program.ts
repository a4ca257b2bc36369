/** Compiles the module that is its first argument to its second, including the others, as the task does. */
import { compile } from "../../scripts/compile.ts";

const [entry, output, ...includes] = Deno.args;
try {
  console.log(await compile({ entry: entry!, output: output!, permissions: ["--allow-read"], includes }));
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
