/** The numbered rules of the `SPEC.md` files and the tests that show them must know one another. */
import ts from "typescript";
import { lineOf, type Project, type Violation, walk } from "./project.ts";

const RULE_LINE = /^- (?:\*\*)?([A-Z]{2}\d+)(?:\*\*)?[ .:]/;
/** A test is named like a sentence that begins with the rules it shows: `KV7 A commit …`, `KV7, KV8 A commit …`. */
const NAMED = /^((?:[A-Z]{2}\d+)(?:(?:, | and )[A-Z]{2}\d+)*) /;

interface Place {
  readonly path: string;
  readonly line: number;
}

export function specRules(project: Project): Violation[] {
  const { rules, found } = readRules(project);
  const shown = readTests(project);
  found.push(...namelessTests(project));
  for (const [rule, place] of rules) {
    if (!shown.has(rule)) found.push({ ...place, rule: "spec", message: `no test shows ${rule}` });
  }
  const prefixes = new Set([...rules.keys()].map((rule) => rule.slice(0, 2)));
  for (const [rule, place] of shown) {
    if (rules.has(rule)) continue;
    const known = prefixes.has(rule.slice(0, 2)) ? "no SPEC.md has it" : "no SPEC.md has rules of that kind";
    found.push({ ...place, rule: "spec", message: `a test names ${rule}, but ${known}` });
  }
  return found;
}

function readRules(project: Project): { rules: Map<string, Place>; found: Violation[] } {
  const rules = new Map<string, Place>();
  const found: Violation[] = [];
  for (const [path, text] of project.texts) {
    if (!path.endsWith("SPEC.md")) continue;
    for (const [index, content] of text.split("\n").entries()) {
      const rule = RULE_LINE.exec(content)?.[1];
      if (rule === undefined) continue;
      const place = { path, line: index + 1 };
      const first = rules.get(rule);
      if (first === undefined) rules.set(rule, place);
      else {found.push({
          ...place,
          rule: "spec",
          message: `${rule} stands in ${first.path}:${first.line} too`,
        });}
    }
  }
  return { rules, found };
}

/** Every rule that a text in a test begins with, and where first. */
function readTests(project: Project): Map<string, Place> {
  const shown = new Map<string, Place>();
  for (const { path, tree } of project.sources.values()) {
    if (!path.startsWith("tests/")) continue;
    walk(tree, (node) => {
      const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
      const named = isText ? NAMED.exec(node.text)?.[1] : undefined;
      for (const rule of named?.split(/, | and /) ?? []) {
        if (!shown.has(rule)) shown.set(rule, { path, line: lineOf(tree, node.getStart()) });
      }
    });
  }
  return shown;
}

/** Tests whose name begins with no rule. */
function namelessTests(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const { path, tree } of project.sources.values()) {
    if (!path.startsWith("tests/")) continue;
    walk(tree, (node) => {
      const name = nameOfTest(node);
      if (name === null || NAMED.test(name)) return;
      found.push({
        path,
        line: lineOf(tree, node.getStart()),
        rule: "spec",
        message: "a test names no rule",
      });
    });
  }
  return found;
}

/** What is known of the name of a test that a call registers; null for other calls, and for names made elsewhere. */
function nameOfTest(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || !/^(Deno\.test|testWithParts)$/.test(node.expression.getText())) {
    return null;
  }
  const [first] = node.arguments;
  const name = first !== undefined && ts.isObjectLiteralExpression(first) ? namedProperty(first) : first;
  if (name === undefined) return null;
  if (ts.isStringLiteralLike(name)) return name.text;
  return ts.isTemplateExpression(name) && name.head.text !== "" ? name.head.text : null;
}

function namedProperty(options: ts.ObjectLiteralExpression): ts.Expression | undefined {
  const found = options.properties.find((each) => each.name?.getText() === "name");
  return found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}
