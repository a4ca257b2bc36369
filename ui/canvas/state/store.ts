/** What the window shows, as signals. Made once by `main.tsx` and handed down; nothing here talks to the server. */
import { computed, type Signal, signal } from "@preact/signals";
import {
  type BackupsView,
  defaultThread,
  type Health,
  type Ingest,
  type ModelsView,
  type ObjectView,
  type QuestionAnswerView,
  type RecallHit,
  type ThoughtView,
  type ThreadView,
} from "../../protocol.ts";
import type { Connection } from "../net/stream.ts";
import { linksOf, morphsOf } from "../model/morphs.ts";
import { emptyScene, type Persona, type Place, type Scene } from "../model/scene.ts";
import type { Problem } from "../model/words.ts";
import type { AnswerEntry } from "./answer_entry.ts";
import { createDrafts } from "./drafts.ts";

export type Tab = "talk" | "memory" | "timeline" | "objects" | "proposals" | "ask" | "curation";
export type Theme = "system" | "light" | "dark";
export type Load = { readonly state: "loading" } | { readonly state: "ready" } | {
  readonly state: "failed";
  readonly problem: Problem;
};

export interface Toast {
  readonly id: number;
  readonly kind: "done" | "error" | "info";
  readonly text: string;
  readonly hint?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** The thought that it offers to undo; of an undo, to redo. */
  readonly undoes?: string;
}

export interface PullProgress {
  readonly model: string;
  readonly status: string;
  readonly completed: number;
  readonly total: number;
  readonly done: boolean;
  readonly error?: string;
}

export interface RecallState {
  readonly query: string;
  readonly hits: readonly RecallHit[] | null;
  readonly problem: Problem | null;
  readonly busy: boolean;
}

export type Gone = { readonly how: "deleted"; readonly by: ThoughtView } | {
  readonly how: "forgotten" | "not then";
};

export interface Inspected {
  readonly oid: string;
  /** The object and everything it delegates to, in the order in which it is searched; null while loading. */
  readonly chain: readonly ObjectView[] | null;
  readonly problem: Problem | null;
  /** Why it is not there: with the thought that deleted it; it was forgotten; or it was not there then. */
  readonly gone?: Gone;
}

/** The past that is looked at. */
export interface Past {
  /** Right after this thought. */
  readonly position: string;
  /** The position of what is on the canvas, while another is on its way. */
  readonly shown: string | null;
  readonly scene: Scene | null;
  readonly problem: Problem | null;
}

/** A change that stands in the way of an undo. */
export interface LaterChange {
  readonly position: string;
  readonly who: string;
  readonly why: string;
  readonly at: number;
}

/** What a dialog asks for. */
export type Dialog =
  | { readonly kind: "palette" }
  | { readonly kind: "help" }
  /** What models were sent for an answer. */
  | { readonly kind: "prompt"; readonly exchange: string }
  | {
    readonly kind: "later";
    readonly title: string;
    readonly later: readonly LaterChange[];
    readonly count: number;
  }
  | {
    readonly kind: "ask";
    readonly title: string;
    readonly label: string;
    readonly text: string;
    readonly confirm: string;
    readonly danger?: boolean;
    /** Absent when nothing has to be written, only confirmed. */
    readonly placeholder?: string;
    readonly run: (text: string) => void;
  };

export interface Preferences {
  read(name: string): string | null;
  write(name: string, value: string): void;
}

export type Store = ReturnType<typeof createStore>;

export function createStore(preferences: Preferences, canvas = "main") {
  const scene: Signal<Scene> = signal(emptyScene(canvas));
  const pending: Signal<ReadonlyMap<string, Place>> = signal(new Map());
  const past: Signal<Past | null> = signal(null);
  const morphs = computed(() =>
    past.value?.scene ? morphsOf(past.value.scene, new Map()) : morphsOf(scene.value, pending.value)
  );
  return {
    scene,
    /** Places that the image has not acknowledged yet. */
    pending,
    /** Null while the present is looked at. */
    past,
    morphs,
    links: computed(() => linksOf(morphs.value)),
    load: signal<Load>({ state: "loading" }),
    connection: signal<Connection>({ state: "connecting" }),
    health: signal<Health | null>(null),
    models: signal<ModelsView | null>(null),
    /** Loaded where it is looked at. */
    backups: signal<BackupsView | null>(null),
    /** What files are taken in, or were last. */
    ingest: signal<Ingest | null>(null),
    pulls: signal<ReadonlyMap<string, PullProgress>>(new Map()),
    personas: signal<readonly Persona[]>([]),
    selected: signal<string | null>(null),
    inspected: signal<Inspected | null>(null),
    /** Names of objects that are not on the canvas, as far as they were looked up. */
    names: signal<ReadonlyMap<string, string>>(new Map()),
    /** The part of the inspector to bring into sight: set by the halo. */
    inspectorFocus: signal<"slots" | "send" | "name" | null>(null),
    /** The thread that is shown, and all that there are. */
    thread: kept(preferences, "thread", (stored) => stored ?? defaultThread),
    threads: signal<readonly ThreadView[]>([]),
    answers: signal<readonly AnswerEntry[]>([]),
    conversation: signal<Load>({ state: "loading" }),
    thoughts: signal<readonly ThoughtView[]>([]),
    recall: signal<RecallState>({ query: "", hits: null, problem: null, busy: false }),
    toasts: signal<readonly Toast[]>([]),
    dialog: signal<Dialog | null>(null),
    tab: remembered<Tab | "none">(
      preferences,
      "tab",
      ["talk", "memory", "timeline", "objects", "proposals", "ask", "curation", "none"],
      "talk",
    ),
    theme: remembered<Theme>(preferences, "theme", ["system", "light", "dark"], "system"),
    linksShown: remembered<"all" | "selected">(preferences, "links", ["all", "selected"], "selected"),
    /** Written and not yet sent or saved: the panels and fields in which it stands come and go. */
    drafts: createDrafts(),
    /** Read aloud by a screen reader. */
    announcement: signal(""),
    /** What objects answered last. */
    answered: signal<QuestionAnswerView | null>(null),
    /** A morph to be brought into sight as soon as it stands on the canvas. */
    toReveal: signal<string | null>(null),
    /** The scale of the canvas, for the toolbar. */
    scale: signal(1),
  };
}

/** One of some choices, which outlives the window. */
function remembered<T extends string>(
  preferences: Preferences,
  name: string,
  choices: readonly T[],
  first: T,
): Signal<T> {
  return kept(preferences, name, (stored) => choices.find((each) => each === stored) ?? first);
}

/** What outlives the window; `read` makes of what was stored, or of nothing, what it is at first. */
function kept<T extends string>(
  preferences: Preferences,
  name: string,
  read: (stored: string | null) => T,
): Signal<T> {
  const choice = signal<T>(read(preferences.read(name)));
  let initial = true;
  choice.subscribe((value) => {
    // What nobody has chosen is not remembered, so that a later default can be another.
    if (!initial) preferences.write(name, value);
    initial = false;
  });
  return choice;
}
