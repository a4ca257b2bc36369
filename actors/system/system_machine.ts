/**
 * The root of the supervision tree. It does nothing but hold its children: the sandbox, the world, the memory (which
 * has the archive below it), the orchestrator, the kernel, the backup and the curator. Each looks after its own failures, so that one that breaks is
 * started again while the others go on.
 */
import { type Actor, createActor, setup } from "xstate";
import type { Service } from "./supervised.ts";
import { Supervised, supervisedMachine } from "./supervised.ts";

/** The services that the system runs, each with the type of its handle. */
export interface Services<World, Sandbox, Memory, Orchestrator, Kernel, Backup, Curator> {
  readonly world: Service<World>;
  readonly sandbox: Service<Sandbox>;
  readonly memory: Service<Memory>;
  readonly orchestrator: Service<Orchestrator>;
  readonly kernel: Service<Kernel>;
  readonly backup: Service<Backup>;
  readonly curator: Service<Curator>;
}

export interface RunningSystem<World, Sandbox, Memory, Orchestrator, Kernel, Backup, Curator> {
  readonly world: Supervised<World>;
  readonly sandbox: Supervised<Sandbox>;
  readonly memory: Supervised<Memory>;
  readonly orchestrator: Supervised<Orchestrator>;
  readonly kernel: Supervised<Kernel>;
  readonly backup: Supervised<Backup>;
  readonly curator: Supervised<Curator>;
  stop(): Promise<void>;
}

/** Starts the tree. `onChange` is called whenever a part changes its state. */
export function startSystem<World, Sandbox, Memory, Orchestrator, Kernel, Backup, Curator>(
  services: Services<World, Sandbox, Memory, Orchestrator, Kernel, Backup, Curator>,
  onChange: () => void,
): RunningSystem<World, Sandbox, Memory, Orchestrator, Kernel, Backup, Curator> {
  const machine = setup({
    actors: {
      world: supervisedMachine(services.world),
      sandbox: supervisedMachine(services.sandbox),
      memory: supervisedMachine(services.memory),
      orchestrator: supervisedMachine(services.orchestrator),
      kernel: supervisedMachine(services.kernel),
      backup: supervisedMachine(services.backup),
      curator: supervisedMachine(services.curator),
    },
  }).createMachine({
    id: "system",
    context: ({ spawn }) => ({
      world: spawn("world", { id: "world" }),
      sandbox: spawn("sandbox", { id: "sandbox" }),
      memory: spawn("memory", { id: "memory" }),
      orchestrator: spawn("orchestrator", { id: "orchestrator" }),
      kernel: spawn("kernel", { id: "kernel" }),
      backup: spawn("backup", { id: "backup" }),
      curator: spawn("curator", { id: "curator" }),
    }),
  });
  const root = createActor(machine).start();
  const { context } = root.getSnapshot();
  const supervised = <Handle>(name: string, ref: unknown) =>
    new Supervised<Handle>(name, ref as Actor<ReturnType<typeof supervisedMachine<Handle>>>, onChange);
  const parts = {
    world: supervised<World>("world", context.world),
    sandbox: supervised<Sandbox>("sandbox", context.sandbox),
    memory: supervised<Memory>("memory", context.memory),
    orchestrator: supervised<Orchestrator>("orchestrator", context.orchestrator),
    kernel: supervised<Kernel>("kernel", context.kernel),
    backup: supervised<Backup>("backup", context.backup),
    curator: supervised<Curator>("curator", context.curator),
  };
  return {
    ...parts,
    stop: async () => {
      // Whoever uses the others goes first.
      const { curator, backup, kernel, orchestrator, memory, sandbox, world } = parts;
      for (const part of [curator, backup, kernel, orchestrator, memory, sandbox, world]) {
        await part.stop();
      }
      root.stop();
    },
  };
}
