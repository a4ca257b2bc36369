/** Curation as a part under supervision: what it needs of the rest of the image, and how it is started and stopped. */
import { type CurationEvent, Curator } from "../curation/mod.ts";
import type { Orchestrator } from "../orchestrator/mod.ts";
import type { World } from "../world/mod.ts";
import type { MemoryPort } from "./memory_port.ts";
import type { Service } from "./supervised.ts";

export interface CuratorServiceOptions {
  readonly world: World;
  readonly memory: () => Promise<MemoryPort>;
  /** @throws {UnavailableError} while it is not running */
  readonly orchestrator: () => Orchestrator;
  readonly clock: () => number;
  /** Resolves when a new image has its first thought. */
  readonly begun: Promise<void>;
  readonly emit: (event: CurationEvent) => void;
  readonly onStatus: () => void;
}

export function curatorService(options: CuratorServiceOptions): Service<Curator> {
  const { world, memory, orchestrator, clock, begun, emit, onStatus } = options;
  return {
    name: "curator",
    start: async () => {
      await begun;
      const askMind: ConstructorParameters<typeof Curator>[0]["askMind"] = async (request) =>
        await orchestrator().structured(request);
      return new Curator({ world, memory, askMind, clock, emit, onStatus });
    },
    stop: (curator) => curator.close(),
  };
}
