/**
 * Keeps the window's state the image's: loads the canvas, follows the stream, loads anew when the server says that
 * the stream cannot be continued.
 */
import { batch } from "@preact/signals";
import { type CommittedEvent, isThread, type StreamEvent } from "../../protocol.ts";
import { HEALTH_SETTLE_MS, REFRESH_SETTLE_MS, REJOIN_SETTLE_MS } from "../limits.ts";
import { backoffMs } from "../net/backoff.ts";
import { mergeThoughts, thoughtOf } from "../model/timeline.ts";
import { applyCommitted, loadScene } from "../model/scene.ts";
import { type Api, problemOf } from "../net/api.ts";
import { openStream, type Stream, type StreamPorts } from "../net/stream.ts";
import type { Curating } from "./curating.ts";
import type { Inspecting } from "./inspecting.ts";
import type { Looking } from "./past.ts";
import type { Proposing } from "./proposing.ts";
import type { Store } from "./store.ts";
import type { Talking } from "./talking.ts";
import type { Toaster } from "./toaster.ts";

export interface SyncParts {
  readonly store: Store;
  readonly api: Api;
  readonly toaster: Toaster;
  readonly inspecting: Inspecting;
  readonly talking: Talking;
  readonly proposing: Proposing;
  readonly curating: Curating;
  readonly looking: Looking;
  readonly ports: StreamPorts;
}

export type Sync = ReturnType<typeof createSync>;

export function createSync(parts: SyncParts) {
  const { store, api, toaster, inspecting, talking, proposing, curating, looking, ports } = parts;
  let stream: Stream | null = null;
  let personasTimer: ReturnType<typeof setTimeout> | undefined;
  let threadsTimer: ReturnType<typeof setTimeout> | undefined;
  let conversationTimer: ReturnType<typeof setTimeout> | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let healthTimer: ReturnType<typeof setTimeout> | undefined;
  let resyncTimer: ReturnType<typeof setTimeout> | undefined;
  let resyncs = 0;
  let attempts = 0;
  let wasConnected = false;
  /** What came while all is loaded anew; null while the scene follows the stream. */
  let meanwhile: CommittedEvent[] | null = null;

  async function load(): Promise<void> {
    clearTimeout(retryTimer);
    // A page that says why it failed keeps saying so while it tries again.
    if (store.load.value.state !== "failed" && store.load.value.state !== "ready") {
      store.load.value = { state: "loading" };
    }
    const since = meanwhile;
    try {
      const view = await api.canvas(store.scene.value.canvas);
      batch(() => {
        if (meanwhile === null) {
          // An event that came meanwhile is newer than this answer, and stays.
          if (view.position >= store.scene.value.position) store.scene.value = loadScene(view);
        } else if (meanwhile === since) {
          store.scene.value = since.reduce(applyCommitted, loadScene(view));
          meanwhile = null;
        }
        store.personas.value = view.personas;
        store.load.value = { state: "ready" };
      });
    } catch (error) {
      if (store.load.value.state !== "ready") {
        const problem = problemOf(error);
        store.load.value = { state: "failed", problem };
        if (problem.retryable) {
          retryTimer = setTimeout(() => void load(), backoffMs(attempts++, ports.random()));
        }
        return;
      }
      throw error;
    }
    follow();
  }

  function follow(): void {
    stream ??= openStream(ports, {
      after: () => store.scene.value.position,
      onEvent: receive,
      onConnection: (connection) => {
        store.connection.value = connection;
        if (connection.state === "connected") {
          talking.rejoined(REJOIN_SETTLE_MS);
          proposing.rejoined();
          curating.rejoined();
          // One that goes on is told of again.
          store.pulls.value = new Map([...store.pulls.value].filter(([, { done }]) => done));
          void refreshSides();
        }
      },
      onUnknown: (reason) => console.warn(`The stream sent what this window does not know: ${reason}`),
    });
  }

  /** What the stream does not carry whole. */
  async function refreshSides(): Promise<void> {
    const again = wasConnected;
    wasConnected = true;
    if (again) inspecting.reload();
    if (store.past.value !== null && store.past.value.problem !== null) looking.reload();
    await Promise.all([
      talking.load(),
      quietly(async () => store.health.value = await api.health()),
      quietly(async () => store.models.value = await api.models()),
      quietly(proposing.load),
      quietly(async () => {
        const { thoughts } = await api.log({ limit: 100 });
        store.thoughts.value = mergeThoughts(store.thoughts.value, thoughts);
      }),
    ]);
  }

  function receive(event: StreamEvent): void {
    switch (event.command) {
      case "THOUGHT_COMMITTED":
      case "PERSONA_RESPONSE_COMPLETE":
        return committed(event);
      case "ANSWER_STARTED":
      case "ANSWER_SNAPSHOT":
        return talking.started(event);
      case "PERSONA_RESPONSE_PARTIAL":
        return talking.token(event);
      case "VOICE_STARTED":
        return talking.voiceStarted(event);
      case "VOICE_PARTIAL":
        return talking.voiceToken(event);
      case "ANSWER_ABORTED":
        return talking.aborted(event);
      case "SYSTEM_STATUS_UPDATE":
        store.health.value = event.health;
        return;
      case "INGEST_PROGRESS":
        store.ingest.value = event.ingest;
        return;
      case "MODEL_PULL_PROGRESS": {
        const { command: _, error, ...progress } = event;
        store.pulls.value = new Map(store.pulls.value).set(event.model, {
          ...progress,
          ...(error === undefined ? {} : { error }),
        });
        if (event.done) void quietly(async () => store.models.value = await api.models());
        return;
      }
      case "CURATION_STAGE":
        return curating.tell(event);
      case "KERNEL_STAGE":
        return proposing.stage(event);
      case "MESSAGE_NOT_UNDERSTOOD":
        return;
      case "RESYNC":
        return void resync();
    }
  }

  /** What was known may be of another past: nothing of it stays, and it is tried until it is there. */
  async function resync(): Promise<void> {
    clearTimeout(resyncTimer);
    meanwhile = [];
    store.scene.value = { ...store.scene.value, position: "" };
    store.thoughts.value = [];
    // The one under way is told next.
    store.ingest.value = null;
    try {
      await load();
      resyncs = 0;
    } catch (error) {
      console.warn(`The image could not be loaded anew: ${problemOf(error).message}`);
      resyncTimer = setTimeout(() => void resync(), backoffMs(resyncs++, ports.random()));
      return;
    }
    looking.reload();
    inspecting.reload();
    await refreshSides();
  }

  function committed(event: CommittedEvent): void {
    const before = store.scene.value;
    batch(() => {
      if (meanwhile === null) store.scene.value = applyCommitted(before, event);
      else meanwhile.push(event);
      store.thoughts.value = mergeThoughts(store.thoughts.value, [thoughtOf(event)]);
      if (event.command === "PERSONA_RESPONSE_COMPLETE") talking.complete(event);
    });
    inspecting.onCommitted(event);
    if (event.undoes !== undefined) toaster.undone(event.undoes);
    if (proposing.isAbout(event)) void quietly(proposing.load);
    if (curating.isAbout(event)) void curating.load();
    letGo(event.deleted);
    // What was said is taken back, brought back or gone.
    if (event.undoes !== undefined || talking.isAbout(event.deleted)) {
      clearTimeout(conversationTimer);
      conversationTimer = setTimeout(() => void talking.load(), REFRESH_SETTLE_MS);
    }
    // A thread is made, renamed, deleted, or said something in.
    const isAboutThreads = event.command === "PERSONA_RESPONSE_COMPLETE" ||
      event.objects.some(({ name }) => isThread(name)) ||
      store.threads.value.some(({ oid }) => event.deleted.includes(oid));
    if (isAboutThreads) {
      clearTimeout(threadsTimer);
      threadsTimer = setTimeout(() => void quietly(talking.loadThreads), REFRESH_SETTLE_MS);
    }
    healthTimer ??= setTimeout(() => {
      healthTimer = undefined;
      void quietly(async () => store.health.value = await api.health());
    }, HEALTH_SETTLE_MS);
    const aboutPersonas = event.objects.some(({ look }) => look === "persona_morph") ||
      store.personas.value.some(({ oid }) => event.deleted.includes(oid));
    if (aboutPersonas) {
      clearTimeout(personasTimer);
      personasTimer = setTimeout(() => void quietly(load), REFRESH_SETTLE_MS);
    }
  }

  /** A memory that is gone is not shown as found any more. */
  function letGo(deleted: readonly string[]): void {
    const { hits } = store.recall.value;
    if (hits === null || !hits.some(({ oid }) => deleted.includes(oid))) return;
    store.recall.value = {
      ...store.recall.value,
      hits: hits.filter(({ oid }) => !deleted.includes(oid)),
    };
  }

  /** What only adds to the window may fail without taking it down; the connection's state is shown anyway. */
  async function quietly(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      const { code, message } = problemOf(error);
      console.warn(`${code}: ${message}`);
    }
  }

  return {
    load,
    receive,
    reconnect(): void {
      if (stream !== null) stream.reconnect();
      else if (store.load.value.state === "ready") follow();
      else void load();
    },
    /** Lets the stream go; `reconnect` takes it up again. */
    close(): void {
      stream?.close();
      stream = null;
    },
  };
}
