/** Native methods that ask a running part of the system: memory and orchestrator as objects one can talk to. */
import { z } from "zod";
import { ArgumentError } from "../errors.ts";
import type { NativeMethod } from "../world/mod.ts";
import type { Memories } from "./memories.ts";

export interface ServiceNativesOptions {
  readonly memories: () => Memories;
  readonly archiveStatus: () => unknown;
  readonly backupStatus: () => unknown;
  readonly curatorStatus: () => unknown;
  readonly orchestratorStatus: () => unknown;
}

const count = z.number().int().min(1).max(100);

/** The natives under their stable names. */
export function serviceNatives(options: ServiceNativesOptions): Record<string, NativeMethod> {
  return {
    "memory.recall": {
      doc: "recall text count: the memories nearest in meaning.",
      effect: "service",
      run: (self, [query, k]) => {
        if (typeof query !== "string" || query === "") {
          throw new ArgumentError(
            "recall needs a text to look for",
            'Send for example recall "a walk by the sea".',
          );
        }
        const wanted = count.safeParse(k ?? self.get("recall_count") ?? 10);
        if (!wanted.success) {
          throw new ArgumentError("The count must be a whole number from 1 to 100", "Send 10.");
        }
        return options.memories().recall(query, wanted.data);
      },
    },
    "memory.remember": {
      doc: "remember text source: makes a memory and answers it.",
      effect: "service",
      run: async (self, [text, source]) => {
        if (typeof text !== "string") {
          throw new ArgumentError("remember needs a text", 'Send for example remember "We met in Lisbon."');
        }
        const memory = { text, ...(typeof source === "string" ? { source } : {}) };
        const { value } = await options.memories().remember([memory], { who: self.name ?? self.oid });
        return { $ref: value[0] };
      },
    },
    "archive.status": {
      doc: "How the archive is, and why.",
      effect: "service",
      run: () => options.archiveStatus(),
    },
    "backup.status": {
      doc: "How backups are: the last, the next, the last restore drill.",
      effect: "service",
      run: () => options.backupStatus(),
    },
    "curator.status": {
      doc: "How curation is: what runs, what is next, what the last run did and why.",
      effect: "service",
      run: () => options.curatorStatus(),
    },
    "orchestrator.status": {
      doc: "What the orchestrator does now.",
      effect: "service",
      run: () => options.orchestratorStatus(),
    },
  };
}
