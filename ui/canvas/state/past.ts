/**
 * Looking at the past: the canvas as it was right after a thought, read-only. The present goes on being followed
 * meanwhile, and is there at once when the person comes back.
 */
import type { DiffView } from "../../protocol.ts";
import { neighborInTime, startBefore } from "../model/timeline.ts";
import { loadScene } from "../model/scene.ts";
import { type Api, problemOf } from "../net/api.ts";
import type { Inspecting } from "./inspecting.ts";
import type { Store } from "./store.ts";

export type Looking = ReturnType<typeof createLooking>;

export function createLooking(store: Store, api: Api, inspecting: Inspecting) {
  let loading = false;
  /** While one point is loaded a scrub passes over many: only the last of them is loaded next. */
  let wanted: string | null = null;

  async function load(): Promise<void> {
    if (loading) return;
    loading = true;
    try {
      while (wanted !== null && wanted !== store.past.value?.shown) await loadOne(wanted);
    } finally {
      loading = false;
    }
  }

  async function loadOne(position: string): Promise<void> {
    try {
      const scene = loadScene(await api.canvas(store.scene.value.canvas, position));
      if (wanted === null) return;
      store.past.value = { position: wanted, shown: position, scene, problem: null };
      if (wanted === position) inspecting.reload();
    } catch (error) {
      if (wanted !== position) return;
      const problem = problemOf(error);
      // Asked for again, it is loaded again.
      wanted = null;
      store.past.value = { position, shown: null, scene: null, problem };
    }
  }

  function visit(position: string): void {
    wanted = position;
    const { shown = null, scene = null } = store.past.value ?? {};
    const fromNow = store.past.value === null;
    store.past.value = { position, shown, scene, problem: null };
    if (fromNow) inspecting.reloadAnew();
    void load();
  }

  function leave(): void {
    if (store.past.value === null) return;
    wanted = null;
    store.past.value = null;
    store.announcement.value = "Back to now";
    inspecting.reloadAnew();
  }

  return {
    /** Shows the image as it was right after a thought. */
    visit,
    leave,
    /** Loads what is shown again: the image may be another one. */
    reload(): void {
      if (store.past.value === null) return;
      wanted = store.past.value.position;
      store.past.value = { ...store.past.value, shown: null };
      void load();
    },
    /** To the thought before or after the one that is shown; after the last is now. */
    step(by: -1 | 1): void {
      const next = neighborInTime(store.thoughts.value, store.past.value?.position ?? null, by);
      if (next === "now") leave();
      else if (next !== null) visit(next);
    },
    /** What one thought changed. @throws {ApiError} */
    async diffOf(position: string): Promise<DiffView> {
      const [before] = (await api.log({ before: position, limit: 1 })).thoughts;
      return await api.diff({ from: before?.position ?? startBefore(position), to: position });
    },
  };
}
