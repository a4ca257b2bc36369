/** Files that nothing reaches, and exports that nothing uses. */
import type { Import, Project, SourceFile, Violation } from "./project.ts";

/** What runs by itself: the program, the page, the scripts. */
const ROOTS = [/^main\.ts$/, /^ui\/canvas\/main\.tsx$/, /^scripts\/[a-z_]+\.ts$/];
/** What the test runner runs, and programs that a test finds by listing their folder. */
const TEST_ROOTS = [/^tests\/.*_test\.tsx?$/, /^tests\/actors\/hostile\/[a-z_]+\.ts$/];

export function useRules(project: Project): Violation[] {
  return [...deadFiles(project), ...deadExports(project)];
}

function deadFiles(project: Project): Violation[] {
  const program = reached(project, ROOTS);
  const tests = reached(project, TEST_ROOTS);
  return [...project.sources.keys()].flatMap((path) => {
    if (program.has(path) || (path.startsWith("tests/") && tests.has(path))) return [];
    const message = tests.has(path) ? "only tests reach this file" : "nothing reaches this file";
    return [{ path, line: 1, rule: "dead-file", message }];
  });
}

function reached(project: Project, roots: readonly RegExp[]): Set<string> {
  const found = new Set<string>();
  const open = [...project.sources.keys()].filter((path) => roots.some((root) => root.test(path)));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const file = project.sources.get(path);
    if (file === undefined) continue;
    open.push(...file.imports.flatMap(({ target }) => target ?? []), ...file.mentions);
  }
  return found;
}

function deadExports(project: Project): Violation[] {
  const used = new Set<string>();
  for (const file of project.sources.values()) {
    for (const each of file.imports) {
      if (each.isReexport || each.target === null) continue;
      if (each.names === "all") useAll(project, each.target, used);
      else for (const { name } of each.names) use(project, each.target, name, used);
    }
  }
  return [...project.sources.values()].flatMap((file) => unused(file, used));
}

function unused({ path, exports }: SourceFile, used: ReadonlySet<string>): Violation[] {
  if (TEST_ROOTS.some((root) => root.test(path))) return [];
  return exports.flatMap(({ name, line, ownUses }) =>
    ownUses > 0 || used.has(`${path}#${name}`)
      ? []
      : [{ path, line, rule: "dead-export", message: `nothing uses "${name}"` }]
  );
}

/** Marks an export, and where it comes from when it is handed on. */
function use(project: Project, path: string, name: string, used: Set<string>): void {
  const key = `${path}#${name}`;
  if (used.has(key)) return;
  used.add(key);
  for (const each of reexportsOf(project, path)) {
    if (each.names === "all") use(project, each.target!, name, used);
    else {for (const handed of each.names) {
        if (handed.as === name) use(project, each.target!, handed.name, used);
      }}
  }
}

function useAll(project: Project, path: string, used: Set<string>): void {
  for (const { name } of project.sources.get(path)?.exports ?? []) use(project, path, name, used);
  for (const each of reexportsOf(project, path)) {
    if (each.names === "all") useAll(project, each.target!, used);
    else for (const { as } of each.names) use(project, path, as, used);
  }
}

function reexportsOf(project: Project, path: string): Import[] {
  const imports = project.sources.get(path)?.imports ?? [];
  return imports.filter(({ isReexport, target }) => isReexport && target !== null);
}
