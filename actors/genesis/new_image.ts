/** What a new image holds, as data: the root, the parts of the system, the personas, the prototypes, an example. */
import { recallWeightsDefault as weights } from "../../vector/mod.ts";
import type { BlueprintObject } from "./blueprint.ts";
import { examples } from "./examples.ts";
import { personas } from "./personas.ts";

const native = (name: string) => ({ $native: name });
const ref = (name: string) => ({ $ref: name });

const root: readonly BlueprintObject[] = [
  {
    name: "genesis",
    parents: [],
    slots: {
      doc: "The root of everything: what it understands, every object understands.",
      describe: native("object.describe"),
      slotNames: native("object.slotNames"),
      chain: native("object.chain"),
      understands: native("object.understands"),
      protocol: native("object.protocol"),
    },
  },
  {
    name: "morph",
    parents: ["genesis"],
    slots: { doc: "What an object looks like on the canvas.", color: "slate" },
  },
  { name: "system_morph", parents: ["morph"], slots: { doc: "A part of the system.", color: "indigo" } },
  { name: "persona_morph", parents: ["morph"], slots: { doc: "A persona.", color: "amber" } },
  { name: "memory_morph", parents: ["morph"], slots: { doc: "A memory.", color: "teal" } },
  { name: "message_morph", parents: ["morph"], slots: { doc: "Something said.", color: "rose" } },
];

const system: readonly BlueprintObject[] = [
  {
    name: "memory_manager",
    parents: ["genesis"],
    slots: {
      doc: "Remembers and recalls. Its slots are the settings of the memory, and are obeyed at once.",
      look: ref("system_morph"),
      recall_count: 10,
      recall_fusion: weights.fusion,
      weight_meaning: weights.meaning,
      weight_words: weights.words,
      weight_thread: weights.thread,
      weight_recency: weights.recency,
      weight_importance: weights.importance,
      lend_next: weights.lendNext,
      lend_second: weights.lendSecond,
      recency_half_life_days: weights.recencyHalfLifeDays,
      recall: native("memory.recall"),
      remember: native("memory.remember"),
    },
  },
  {
    name: "archive_manager",
    parents: ["genesis"],
    slots: {
      doc: "Seals what the working memory need not hold. Its slots are the archive's settings.",
      look: ref("system_morph"),
      enabled: true,
      interval_seconds: 3600,
      threshold_rows: 20000,
      status: native("archive.status"),
    },
  },
  {
    name: "backup_manager",
    parents: ["genesis"],
    slots: {
      doc: "Backs the image up. Its slots are the settings of the backup, and are obeyed at once.",
      look: ref("system_morph"),
      enabled: true,
      folder: "",
      interval_hours: 24,
      full_every_days: 7,
      keep_weeks: 4,
      drill_every_days: 7,
      status: native("backup.status"),
    },
  },
  {
    name: "history_manager",
    parents: ["genesis"],
    slots: {
      doc:
        'How long history is kept. keep is "all", "days" or "thoughts": then what is older than so many is ' +
        "pruned, each time the interval is over. It cannot be had back.",
      look: ref("system_morph"),
      keep: "all",
      days: 365,
      thoughts: 100_000,
      interval_seconds: 3600,
    },
  },
  {
    name: "orchestrator",
    parents: ["genesis"],
    slots: {
      doc:
        "Chooses who answers, and keeps the models within the memory that they may take. Where its rules are not " +
        "sure, the default persona decides (router: model) or answers (router: rules). When a mind fails, the next goes on " +
        "(on_failure: continue) or the answer ends (on_failure: stop).",
      look: ref("system_morph"),
      vram_budget_bytes: 8_000_000_000,
      default_persona: "ALFRED",
      router: "model",
      on_failure: "continue",
      memories_used: 6,
      history_used: 6,
      status: native("orchestrator.status"),
    },
  },
];

const curation: readonly BlueprintObject[] = [
  {
    name: "curator",
    parents: ["genesis"],
    slots: {
      doc:
        "Gathers memories into concepts and masks what says nothing new, when nobody was here for idle_minutes or " +
        "interval_hours have passed. seconds and tokens are the budget of a run; persona names concepts.",
      look: ref("system_morph"),
      enabled: true,
      idle_minutes: 10,
      interval_hours: 24,
      new_memories: 20,
      memories: 10_000,
      cluster_min: 4,
      persona: "ALFRED",
      seconds: 300,
      tokens: 20_000,
      status: native("curator.status"),
    },
  },
];

const kernel: readonly BlueprintObject[] = [
  {
    name: "kernel",
    parents: ["genesis"],
    slots: {
      doc:
        "Makes methods for messages that nobody understands. generation says auto, ask or never, as such or for " +
        "each effect; an object may say it for itself.",
      look: ref("system_morph"),
      generation: "ask",
      persona: "BRICK",
      tries: 3,
      seconds: 120,
    },
  },
  {
    name: "proposal_prototype",
    parents: ["genesis"],
    slots: { doc: "A method that waits for a yes.", look: ref("message_morph") },
  },
];

const memory: readonly BlueprintObject[] = [
  {
    name: "context_fractal_prototype",
    parents: ["genesis"],
    slots: {
      doc: "An episodic memory: a text, where it came from, when.",
      look: ref("memory_morph"),
      text_chunk: "",
      source_oid: null,
      creation_timestamp: 0,
    },
  },
  {
    name: "concept_fractal_prototype",
    parents: ["genesis"],
    slots: {
      doc: "An abstraction of several memories.",
      look: ref("memory_morph"),
      definition_text: "",
      abstraction_of: [],
    },
  },
  {
    name: "exchange_prototype",
    parents: ["context_fractal_prototype"],
    slots: {
      doc: "A question and its answer, with the memories that were used.",
      look: ref("message_morph"),
      question: "",
      answer: "",
      memories: [],
    },
  },
];

/** The blueprint of a new image; `seed` is what its hypervector atoms are made from. */
export function newImageBlueprint(seed: string): BlueprintObject[] {
  return [
    ...root,
    ...system,
    {
      name: "hypervector_prototype",
      parents: ["genesis"],
      slots: {
        doc: "The algebra of hypervectors: send it bind, unbind, bundle, similarity, with symbols or phases.",
        look: ref("system_morph"),
        seed,
        dimensions: 10_000,
        bind: native("hypervector.bind"),
        unbind: native("hypervector.unbind"),
        bundle: native("hypervector.bundle"),
        similarity: native("hypervector.similarity"),
      },
    },
    ...memory,
    ...kernel,
    ...curation,
    ...personas,
    ...examples,
  ];
}
