/**
 * Child processes of the program. From source each is `deno run` of one file under exactly the permissions of its kind;
 * in the single binary it is the binary itself under a hidden subcommand, and gives up what its kind does not need
 * before it does anything. A child sees no environment but what finding the package cache takes,
 * and that it is to write no colours.
 */
import { archiveChildPermissions } from "../../vector/archive/mod.ts";
import { embedderChildPermissions } from "../../vector/embedding/mod.ts";
import { drillChildPermissions } from "../backup/mod.ts";
import { localChildPermissions } from "../minds/mod.ts";
import { V8_HEAP_MB, V8_STACK_KB } from "../sandbox/mod.ts";

export type ChildKind = "local_mind" | "sandbox" | "embedder" | "archive_builder" | "backup_drill";

/** The hidden subcommand of the binary: `telos __child KIND`. */
export const CHILD_COMMAND = "__child";

interface Child {
  /** The file that is the program, from source. */
  readonly file: string;
  readonly permissions: readonly string[];
  readonly v8Flags: readonly string[];
  readonly stderr: "piped" | "inherit";
  /** Variables that it needs beside those of the package cache. */
  readonly environment: readonly string[];
  readonly run: () => Promise<void>;
}

const CHILDREN: Record<ChildKind, Child> = {
  sandbox: {
    file: "../sandbox/runner.ts",
    permissions: [],
    v8Flags: [`--max-old-space-size=${V8_HEAP_MB}`, `--stack-size=${V8_STACK_KB}`],
    stderr: "piped",
    environment: [],
    run: async () => await (await import("../sandbox/runner.ts")).main(),
  },
  embedder: {
    file: "../../vector/embedding/child.ts",
    permissions: embedderChildPermissions,
    v8Flags: [],
    stderr: "piped",
    environment: [],
    run: async () => await (await import("../../vector/embedding/child.ts")).runEmbedderChild(),
  },
  local_mind: {
    file: "../minds/local/child.ts",
    permissions: localChildPermissions,
    v8Flags: [],
    stderr: "piped",
    environment: [],
    run: async () => await (await import("../minds/local/child.ts")).runLocalChild(),
  },
  backup_drill: {
    file: "./backup_drill.ts",
    permissions: drillChildPermissions,
    v8Flags: [],
    stderr: "piped",
    environment: [],
    run: async () => await (await import("./backup_drill.ts")).runBackupDrill(),
  },
  archive_builder: {
    file: "../../vector/archive/builder.ts",
    permissions: archiveChildPermissions,
    v8Flags: [],
    stderr: "inherit",
    environment: [],
    run: async () => await (await import("../../vector/archive/builder.ts")).runArchiveChild(),
  },
};

/** Where the package cache is, by platform; the rest of the environment is not handed on. */
const CACHE_ENVIRONMENT = ["DENO_DIR", "XDG_CACHE_HOME", "HOME", "USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT"];

export function isChildKind(text: string): text is ChildKind {
  return Object.hasOwn(CHILDREN, text);
}

/** The command line of a child, without starting it. */
export function childCommand(kind: ChildKind): { arguments: string[]; environment: Record<string, string> } {
  const child = CHILDREN[kind];
  const environment: Record<string, string> = { NO_COLOR: "1" };
  for (const name of [...CACHE_ENVIRONMENT, ...child.environment]) {
    const value = Deno.env.get(name);
    if (value !== undefined) environment[name] = value;
  }
  if (Deno.build.standalone) {
    if (child.v8Flags.length > 0) environment.DENO_V8_FLAGS = child.v8Flags.join(",");
    return { arguments: [CHILD_COMMAND, kind], environment };
  }
  return {
    arguments: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      "--frozen",
      `--config=${fileName("../../deno.json")}`,
      ...child.permissions,
      ...(child.v8Flags.length > 0 ? [`--v8-flags=${child.v8Flags.join(",")}`] : []),
      fileName(child.file),
    ],
    environment,
  };
}

/** Starts a child with standard input and output piped; standard error as its kind says. */
export function spawnChild(kind: ChildKind): Deno.ChildProcess {
  const { arguments: args, environment } = childCommand(kind);
  return new Deno.Command(Deno.execPath(), {
    args,
    clearEnv: true,
    env: environment,
    stdin: "piped",
    stdout: "piped",
    stderr: CHILDREN[kind].stderr,
  }).spawn();
}

/** What the hidden subcommand of the binary runs: gives up every permission that the kind does not name, then serves. */
export async function runChild(kind: ChildKind): Promise<void> {
  const child = CHILDREN[kind];
  for (const name of ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const) {
    const needed = child.permissions.some((flag) => flag.startsWith(`--allow-${name}`));
    if (!needed) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
  }
  await child.run();
}

/** What a child of any kind needs, each permission whole: the single binary must have it, as it is its own children. */
export function permissionsOfChildren(): string[] {
  const flags = Object.values(CHILDREN).flatMap((child) => child.permissions);
  return [...new Set(flags.map((flag) => flag.replace(/=.*/s, "")))].sort();
}

/** What the server of the single binary does first: gives up what only its children use. From source it never had it. */
export function giveUpChildrensPermissions(): void {
  if (!Deno.build.standalone) return;
  for (const name of ["ffi", "sys"] as const) Deno.permissions.revokeSync({ name });
}

function fileName(relative: string): string {
  const path = decodeURIComponent(new URL(relative, import.meta.url).pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}
