/** What every file must look like, and words and constructs that none may hold. */
import { posix } from "node:path";
import ts from "typescript";
import { lineOf, type Project, type SourceFile, type Violation, walk } from "./project.ts";

const LINES_WANTING_A_REASON = 300;
const LINES_MAX = 500;
const SELF_TELLING = [/_test\.tsx?$/, /^tests\/actors\/hostile\//];
/** The head of a file is its first lines. */
const HEAD_LINES = 12;

/** Written in two parts, so that this file does not break its own rule. */
const word = (...parts: string[]) => parts.join("");
const BANNED_WORDS: readonly RegExp[] = [
  new RegExp(`\\b${word("TO", "DO")}\\b`),
  new RegExp(`\\b${word("FIX", "ME")}\\b`),
  new RegExp(word("not imple", "mented"), "i"),
  new RegExp(word("@ts-", "(ignore|nocheck|expect-error)")),
  new RegExp(word("lint-", "ignore-file")),
];
const MACHINE_PATHS: readonly RegExp[] = [
  new RegExp(word("(^|[^a-z])/(wo", "rk|fa", "rm|ro", "ot|tmp/bash", "_jobs)/")),
  new RegExp(
    ["registry\\.npm" + "js", "pypi\\." + "org", "proxy\\.go" + "lang", "index\\.cra" + "tes"].join("|"),
  ),
];

/** The helper that skips a test for want of a part, and says why. */
const MAY_SKIP = ["tests/support/parts.ts"];
/** Pure folders: no clock, no chance, no system. */
const KERNELS = ["vector/hypervector/", "vector/recall/"];

export function fileRules(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const [path, text] of project.texts) {
    if (path !== "deno.lock") found.push(...machinePaths(path, text));
  }
  for (const file of project.sources.values()) {
    found.push(...shape(file), ...words(file), ...constructs(file));
  }
  return found;
}

function shape({ path, text }: SourceFile): Violation[] {
  const found: Violation[] = [];
  const lines = text.split("\n").length - 1;
  const head = text.split("\n").slice(0, HEAD_LINES).join("\n");
  const at = { path, line: 1 };
  // Tests are lists, and their names say what they are.
  const isTest = SELF_TELLING.some((pattern) => pattern.test(path));
  if (lines > LINES_MAX) {
    found.push({ ...at, rule: "length", message: `${lines} lines: more than ${LINES_MAX} is a redesign` });
  } else if (lines > LINES_WANTING_A_REASON && !isTest && !/\blong\b|\bone file\b/i.test(head)) {
    const message =
      `${lines} lines: above ${LINES_WANTING_A_REASON} the head says why it is long, or one file`;
    found.push({ ...at, rule: "length", message });
  }
  if (!isTest && !/^(#!.*\n)?\/\*\*/.test(text)) {
    found.push({ ...at, rule: "doc", message: "a file opens with a doc comment: what it is and promises" });
  }
  if (!path.split("/").every((part) => /^[a-z0-9_]+(\.[a-z0-9]+)*$/.test(part))) {
    found.push({ ...at, rule: "name", message: "file and folder names are snake_case" });
  }
  return found;
}

function words({ path, text }: SourceFile): Violation[] {
  return text.split("\n").flatMap((content, index) =>
    BANNED_WORDS.flatMap((banned) => {
      const hit = banned.exec(content);
      return hit === null
        ? []
        : [{ path, line: index + 1, rule: "word", message: `"${hit[0]}" may not stand here` }];
    })
  );
}

function machinePaths(path: string, text: string): Violation[] {
  return text.split("\n").flatMap((content, index) =>
    MACHINE_PATHS.some((pattern) => pattern.test(content))
      ? [{ path, line: index + 1, rule: "machine", message: "a path or a package server of one machine" }]
      : []
  );
}

function constructs({ path, tree }: SourceFile): Violation[] {
  const found: Violation[] = [];
  const isTest = path.startsWith("tests/");
  const say = (node: ts.Node, rule: string, message: string) =>
    found.push({ path, line: lineOf(tree, node.getStart()), rule, message });
  walk(tree, (node) => {
    if (isDefaultExport(node)) say(node, "default", "no default exports");
    if (ts.isEnumDeclaration(node)) say(node, "enum", "a union of strings instead of an enum");
    if (node.kind === ts.SyntaxKind.AnyKeyword) {
      say(node, "any", "`any` hides mistakes: name the type, or unknown");
    }
    if (ts.isCatchClause(node) && node.block.statements.length === 0) {
      say(node, "catch", "an empty catch hides the error");
    }
    if (isEmptyCatchCall(node)) say(node, "catch", "an empty catch() hides the error");
    if (isTest && !MAY_SKIP.includes(path) && skipsTest(node)) {
      say(node, "skip", "no test is left out by itself; testWithParts says why");
    }
    if (!isTest && isModuleState(node)) say(node, "state", "no module-level state that changes");
    if (KERNELS.some((folder) => path.startsWith(folder)) && touchesTheWorld(node, tree)) {
      say(node, "kernel", `a pure file must not touch ${node.getText(tree)}`);
    }
  });
  const folder = posix.basename(path);
  if (folder === "mod.ts" && !isTest) found.push(...onlyReexports(path, tree));
  return found;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  return ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false);
}

/** `.catch(() => {})` without a word on why that is right. */
function isEmptyCatchCall(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const [handler] = node.arguments;
  return node.expression.name.text === "catch" && handler !== undefined && ts.isArrowFunction(handler) &&
    ts.isBlock(handler.body) && handler.body.statements.length === 0 &&
    !/\/[/*]/.test(handler.body.getText());
}

/** `Deno.test.only`, `Deno.test.ignore`, `ignore: true`, `only: true` */
function skipsTest(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return /^(only|ignore)$/.test(node.name.text) && node.expression.getText() === "Deno.test";
  }
  return ts.isPropertyAssignment(node) && /^(only|ignore)$/.test(node.name.getText()) &&
    node.initializer.kind === ts.SyntaxKind.TrueKeyword;
}

/** A `let`, or what begins empty and is not read-only, which is of use once it is filled. */
function isModuleState(node: ts.Node): boolean {
  if (!ts.isVariableStatement(node) || !ts.isSourceFile(node.parent)) return false;
  const { flags, declarations } = node.declarationList;
  return (flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Let ||
    declarations.some(({ initializer, type }) =>
      initializer !== undefined && beginsEmpty(initializer) && !/^readonly/i.test(type?.getText() ?? "")
    );
}

function beginsEmpty(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  return ts.isNewExpression(node) && /^(Map|Set)$/.test(node.expression.getText()) &&
    (node.arguments ?? []).length === 0;
}

function touchesTheWorld(node: ts.Node, tree: ts.SourceFile): boolean {
  if (ts.isNewExpression(node)) {
    return node.getText(tree) === "new Date()" || node.getText(tree) === "new Date";
  }
  if (ts.isCallExpression(node)) return /^(fetch|set(Timeout|Interval))$/.test(node.expression.getText(tree));
  return ts.isPropertyAccessExpression(node) &&
    /^(Math\.random|Date\.now|performance\.now|(crypto|Deno|globalThis)\.\w+)$/.test(node.getText(tree));
}

function onlyReexports(path: string, tree: ts.SourceFile): Violation[] {
  return tree.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined ? [] : [{
      path,
      line: lineOf(tree, statement.getStart()),
      rule: "door",
      message: "a mod.ts only re-exports",
    }]
  );
}
