/** Compiles the module that is its first argument to its second, including the others, as the task does. */
import { compile, foreignBinaries } from "../../scripts/compile.ts";

const [entry, output, ...includes] = Deno.args;
const packages = new URL("../../../../", import.meta.resolve("@huggingface/transformers"));
try {
  const excludes = await foreignBinaries(packages, Deno.build.os, Deno.build.arch);
  console.log(
    await compile({ entry: entry!, output: output!, permissions: ["--allow-read"], includes, excludes }),
  );
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
