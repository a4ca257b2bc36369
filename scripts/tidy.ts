/**
 * Checks the house rules that no compiler knows, and prints each violation as `file:line rule message`: rooms and doors,
 * cycles, the shape of files, banned words, dead files and exports, and that the numbered rules and the tests name one
 * another. `deno task check` runs it.
 */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fileRules } from "./tidy/file_rules.ts";
import { makeProject, type Project, type Violation } from "./tidy/project.ts";
import { roomRules } from "./tidy/room_rules.ts";
import { specRules } from "./tidy/spec_rules.ts";
import { useRules } from "./tidy/use_rules.ts";

/** All violations, in the order of files and lines. */
export function tidy(project: Project): Violation[] {
  const found = [...roomRules(project), ...fileRules(project), ...useRules(project), ...specRules(project)];
  return found.sort((a, b) => a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1);
}

const LEFT_OUT = ["dist", "node_modules", "bench-data", ".git"];
const TEXT_FILE = /\.(tsx?|md|json|css|html|svg|wat|lock)$|^(run|LICENSE|\.gitignore)$/;

/** The files of a folder that are texts. */
export async function readTexts(root: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const read = async (folder: string): Promise<void> => {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of entries) {
      const path = join(folder, name);
      if (isDirectory && !LEFT_OUT.includes(name)) await read(path);
      else if (!isDirectory && TEXT_FILE.test(name)) {
        texts.set(relative(root, path).replaceAll("\\", "/"), await Deno.readTextFile(path));
      }
    }
  };
  await read(root);
  return texts;
}

if (import.meta.main) {
  const project = makeProject(await readTexts(fileURLToPath(new URL("../", import.meta.url))));
  const found = tidy(project);
  for (const { path, line, rule, message } of found) console.log(`${path}:${line} ${rule} ${message}`);
  console.error(
    found.length === 0
      ? `${project.sources.size} files keep the house rules`
      : `${found.length} violations of the house rules`,
  );
  if (found.length > 0) Deno.exit(1);
}
