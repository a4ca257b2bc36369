/** A sandbox over real processes, and a small image for it to run on. */
import { Sandbox } from "../../../actors/sandbox/mod.ts";
import type {
  Grant,
  NativeRequest,
  SandboxAnswer,
  SandboxHost,
  SandboxLimits,
  SandboxObject,
  SandboxOptions,
  SandboxSlot,
} from "../../../actors/sandbox/mod.ts";
import type { Effect } from "../../../actors/object/mod.ts";
import { sandboxParts } from "../../../actors/system/assets.ts";

export function startSandbox(options: Partial<SandboxOptions> = {}): Sandbox {
  return Sandbox.start({
    ...sandboxParts(),
    ...options,
  });
}

export function object(
  oid: string,
  slots: Record<string, SandboxSlot>,
  parents: string[] = [],
): SandboxObject {
  return { oid, name: oid, parents, slots, position: null };
}

export const method = (source: string): SandboxSlot => ({ kind: "method", source });
export const data = (value: Extract<SandboxSlot, { kind: "data" }>["value"]): SandboxSlot => ({
  kind: "data",
  value,
});
export const reference = (oid: string): SandboxSlot => ({ kind: "reference", oid });
export const native = (name: string): SandboxSlot => ({ kind: "native", native: name });

/** A host whose objects are a table and whose native methods are functions. */
export function hostOf(
  objects: readonly SandboxObject[],
  natives: Record<string, (request: NativeRequest) => ReturnType<SandboxHost["native"]>> = {},
): SandboxHost & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    read: (oid) => {
      asked.push(oid);
      return Promise.resolve(objects.find((one) => one.oid === oid) ?? null);
    },
    native: (request) => {
      const run = natives[request.native];
      if (run === undefined) throw new Error(`no native "${request.native}"`);
      return run(request);
    },
  };
}

/** Runs one source as method `go` of an object `it`, which has a secret, a number and a list. */
export async function runSource(
  sandbox: Sandbox,
  source: string,
  options: {
    limits?: Partial<SandboxLimits>;
    grants?: readonly Grant[];
    effects?: readonly Effect[];
    signal?: AbortSignal;
  } = {},
): Promise<SandboxAnswer> {
  const { effects } = options;
  const go = effects === undefined
    ? method(source)
    : { kind: "method" as const, source, effects: [...effects] };
  const it = object("it", { go, count: data(1), items: data([1, 2, 3]) }, ["base"]);
  const base = object("base", { up: method("(self) => self.get('count') + 1") });
  return await sandbox.run(
    {
      receiver: "it",
      selector: "go",
      arguments: [],
      objects: [it, base],
      effects,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.grants === undefined ? {} : { grants: options.grants }),
    },
    hostOf([it, base]),
    options.signal,
  );
}
