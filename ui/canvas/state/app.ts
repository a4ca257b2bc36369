/** Puts the parts of the window's state together, and hands them down to the components. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Api, createApi } from "../net/api.ts";
import type { StreamPorts } from "../net/stream.ts";
import type { MorphRenderer } from "../renderer/mod.ts";
import { type Actions, createActions } from "./actions.ts";
import { type Backing, createBacking } from "./backing.ts";
import { createCurating, type Curating } from "./curating.ts";
import { createInspecting, type Inspecting } from "./inspecting.ts";
import { createProposing, type Proposing } from "./proposing.ts";
import { createSending, type Sending } from "./sending.ts";
import { createLooking, type Looking } from "./past.ts";
import { createStore, type Preferences, type Store } from "./store.ts";
import { createSync, type Sync } from "./sync.ts";
import { createTalking, type Talking } from "./talking.ts";
import { createThreadDeleting, type ThreadDeleting } from "./thread_deleting.ts";
import { createIngesting, type Ingesting } from "./ingesting.ts";
import { createToaster, type Toaster } from "./toaster.ts";

export interface App {
  readonly store: Store;
  readonly api: Api;
  readonly toaster: Toaster;
  readonly inspecting: Inspecting;
  readonly talking: Talking;
  readonly askToDeleteThread: ThreadDeleting;
  readonly actions: Actions;
  readonly backing: Backing;
  readonly curating: Curating;
  readonly proposing: Proposing;
  readonly sending: Sending;
  readonly looking: Looking;
  readonly sync: Sync;
  readonly clock: () => number;
  readonly ingesting: Ingesting;
  /** What draws the morphs, once it is on the page. */
  readonly stage: { renderer: MorphRenderer | null };
  /** Selects an object and brings its morph into sight. */
  show(oid: string): void;
}

export interface AppPorts extends StreamPorts {
  readonly fetch: typeof fetch;
  readonly freshKey: () => string;
  readonly preferences: Preferences;
}

export function createApp(ports: AppPorts): App {
  const store = createStore(ports.preferences);
  const api = createApi(ports);
  const toaster = createToaster(store);
  const inspecting = createInspecting(store, api);
  const reconnect: { now: () => void } = { now: () => undefined };
  const talking = createTalking(store, api, {
    clock: ports.clock,
    onGap: () => reconnect.now(),
    onGone: (thread) => toaster.show({ kind: "info", text: `The thread ${thread} is not there any more` }),
  });
  const proposing = createProposing({
    api,
    toaster,
    undo: (position) => void actions.undo(position),
  });
  const curating = createCurating({ api, toaster });
  const looking = createLooking(store, api, inspecting);
  const sync = createSync({ store, api, toaster, inspecting, talking, proposing, curating, looking, ports });
  reconnect.now = sync.reconnect;
  const backing = createBacking({ store, api, toaster });
  const actions = createActions({ store, api, toaster, inspecting, proposing, looking });
  const stage: App["stage"] = { renderer: null };
  const show = (oid: string) => {
    inspecting.select(oid);
    stage.renderer?.reveal(oid);
  };
  return {
    store,
    api,
    toaster,
    inspecting,
    talking,
    askToDeleteThread: createThreadDeleting({ store, api, toaster, talking, actions }),
    actions,
    backing,
    curating,
    proposing,
    sending: createSending({ store, api, toaster, actions, proposing, looking, clock: ports.clock, show }),
    looking,
    sync,
    stage,
    show,
    clock: ports.clock,
    ingesting: createIngesting({ store, api, toaster }),
  };
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("This component stands outside the window's frame");
  return app;
}
