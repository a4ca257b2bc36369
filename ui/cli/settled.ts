/** How the image is, once it knows what it will use: what a person is told of it should not change a moment later. */
import type { Door } from "../door/mod.ts";
import type { Health } from "../protocol.ts";
import { CONNECT_POLL_MS, START_REPORT_MS_MAX } from "./limits.ts";

/** Waits, within a bound, for the mind and the embedding model to be known; what is not known by then is said to be. */
export async function settled(door: Door): Promise<Health> {
  const until = Date.now() + START_REPORT_MS_MAX;
  for (;;) {
    const health = await door.health();
    const { mind, embedder } = health.ready;
    const isKnown = mind.state !== "starting" && embedder.state !== "starting";
    if (isKnown || Date.now() >= until) return health;
    await new Promise((resolve) => setTimeout(resolve, CONNECT_POLL_MS));
  }
}

/** What is degraded, the embedding model among it while it is on its way and nothing else is said of it. */
export function degradedOf({ degraded, ready }: Health): Health["degraded"] {
  const { state, detail } = ready.embedder;
  if (state !== "starting" || degraded.some(({ part }) => part === "embedder")) return degraded;
  return [{
    part: "embedder",
    reason: `The embedding model is still on its way${detail === undefined ? "" : `: ${detail}`}`,
    hint: "Nothing to do: what needs it waits for it, and the rest works.",
  }, ...degraded];
}
