/** Who may import whom: rooms, doors, and no cycles. */
import { posix } from "node:path";
import type { Import, Project, Violation } from "./project.ts";

/** Rooms that each room may import besides itself; others (tests, scripts) may import all. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  kv: [],
  vector: [],
  actors: ["kv", "vector"],
  ui: ["actors", "kv", "vector"],
};

/** Files beside `mod.ts` through which a folder may be entered, and why. */
const DOORS: Readonly<Record<string, string>> = {
  "actors/system/assets.ts": "the one place that finds what the program carries",
  "actors/sandbox/runner.ts": "the program of a child process",
  "vector/archive/builder.ts": "the program of a child process",
  "vector/embedding/child.ts": "the program of a child process",
  "actors/minds/local/child.ts": "the program of a child process",
  "vector/exact/build_kernel.ts": "a step of the build, which no running part may load",
  "ui/protocol.ts": "the contract that all sides import",
};

export function roomRules(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const { path, imports } of project.sources.values()) {
    for (const each of imports) {
      const broken = brokenBy(path, each, project);
      if (broken !== null) found.push({ path, line: each.line, ...broken });
    }
  }
  return [...found, ...cycles(project)];
}

function brokenBy(path: string, { target, specifier }: Import, project: Project) {
  if (target === null) {
    if (!specifier.startsWith(".") || specifier.endsWith(".json")) return null;
    return { rule: "import", message: `"${specifier}" is not there` };
  }
  if (target === "main.ts") return { rule: "direction", message: "main.ts is imported by nobody" };
  const [from, to] = [roomOf(path), roomOf(target)];
  if (isInside(path, "ui/canvas") && !isInside(target, "ui/canvas") && target !== "ui/protocol.ts") {
    return { rule: "direction", message: `the canvas imports only ui/protocol.ts, not ${target}` };
  }
  const below = BELOW[from];
  if (below !== undefined && from !== to && !below.includes(to)) {
    return { rule: "direction", message: `${from}/ must not import ${target}` };
  }
  if (path === "main.ts" && (to === "tests" || to === "scripts")) {
    return { rule: "direction", message: `main.ts must not import ${target}` };
  }
  const door = from === "tests" ? null : doorNeeded(path, target, project);
  return door === null ? null : { rule: "door", message: `${target} is entered through ${door}` };
}

/** The door that an import should have gone through; null when it is right. */
function doorNeeded(path: string, target: string, project: Project): string | null {
  if (Object.hasOwn(DOORS, target)) return null;
  let folder = posix.dirname(target);
  while (folder !== "." && !project.texts.has(`${folder}/mod.ts`)) folder = posix.dirname(folder);
  if (folder === "." || isInside(path, folder)) return null;
  return target === `${folder}/mod.ts` ? null : `${folder}/mod.ts`;
}

/** One violation for each knot of files that import one another; imports of types alone do not count. */
function cycles(project: Project): Violation[] {
  const edges = new Map<string, string[]>();
  for (const { path, imports } of project.sources.values()) {
    edges.set(path, imports.flatMap(({ target, isType }) => target === null || isType ? [] : [target]));
  }
  const state = new Map<string, "open" | "done">();
  const trail: string[] = [];
  const found: Violation[] = [];
  const visit = (path: string): void => {
    state.set(path, "open");
    trail.push(path);
    for (const next of edges.get(path) ?? []) {
      if (state.get(next) === "open") {
        const cycle = [...trail.slice(trail.indexOf(next)), next];
        found.push({ path, line: 1, rule: "cycle", message: cycle.join(" → ") });
      } else if (!state.has(next)) visit(next);
    }
    trail.pop();
    state.set(path, "done");
  };
  for (const path of edges.keys()) if (!state.has(path)) visit(path);
  return found;
}

function roomOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
