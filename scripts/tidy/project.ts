/**
 * The project as the house rules see it: every file by its path from the root, TypeScript ones parsed, with what they
 * import, export and name. Made from texts alone, so that a test can make one of its own.
 */
import { posix } from "node:path";
import ts from "typescript";

/** Something that breaks a rule. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

export interface Import {
  /** The file that is imported, from the root; null for a package. */
  readonly target: string | null;
  readonly specifier: string;
  readonly line: number;
  /** Erased when the program runs. */
  readonly isType: boolean;
  readonly isReexport: boolean;
  /** Names as the target exports them; "all" where they cannot be told apart. */
  readonly names: readonly { readonly name: string; readonly as: string }[] | "all";
}

export interface Exported {
  readonly name: string;
  readonly line: number;
  /** How often the file itself uses it, its declaration not counted. */
  readonly ownUses: number;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
  readonly exports: readonly Exported[];
  /** Other files of the project that a string in it names: workers, children, fixtures. */
  readonly mentions: readonly string[];
}

export interface Project {
  /** Every text file, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** The TypeScript ones. */
  readonly sources: ReadonlyMap<string, SourceFile>;
}

export function makeProject(texts: ReadonlyMap<string, string>): Project {
  const sources = new Map<string, SourceFile>();
  for (const [path, text] of texts) {
    if (/\.tsx?$/.test(path)) sources.set(path, parse(path, text, texts));
  }
  return { texts, sources };
}

export function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1;
}

/** Calls back for every node, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function parse(path: string, text: string, texts: ReadonlyMap<string, string>): SourceFile {
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
  const imports: Import[] = [];
  const mentions = new Set<string>();
  const uses = new Map<string, number>();
  const resolve = (specifier: string) => resolveFrom(path, specifier, texts);
  walk(tree, (node) => {
    if (ts.isIdentifier(node)) uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
    const found = importOf(node, tree, resolve);
    if (found !== null) imports.push(found);
    if (ts.isStringLiteralLike(node)) {
      const target = resolve(node.text) ?? resolve(`./${node.text}`);
      if (target !== null && target !== path) mentions.add(target);
    }
  });
  const exports = exportsOf(tree).map(({ name, line }) => ({
    name,
    line,
    ownUses: (uses.get(name) ?? 1) - 1,
  }));
  return { path, text, tree, imports, exports, mentions: [...mentions] };
}

/** The file of the project behind a specifier; null for a package, or when there is none. */
function resolveFrom(path: string, specifier: string, texts: ReadonlyMap<string, string>): string | null {
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return null;
  const target = posix.join(posix.dirname(path), specifier);
  return texts.has(target) ? target : null;
}

function importOf(
  node: ts.Node,
  tree: ts.SourceFile,
  resolve: (specifier: string) => string | null,
): Import | null {
  const made = (literal: ts.Node, rest: Pick<Import, "isType" | "isReexport" | "names">): Import | null => {
    if (!ts.isStringLiteralLike(literal)) return null;
    const specifier = literal.text;
    return { target: resolve(specifier), specifier, line: lineOf(tree, node.getStart()), ...rest };
  };
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause;
    return made(node.moduleSpecifier, {
      isType: clause !== undefined && isTypeClause(clause),
      isReexport: false,
      names: namesOfClause(clause, tree),
    });
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const clause = node.exportClause;
    const elements = clause !== undefined && ts.isNamedExports(clause) ? clause.elements : null;
    return made(node.moduleSpecifier, {
      isType: node.isTypeOnly || (elements !== null && elements.every((each) => each.isTypeOnly)),
      isReexport: true,
      names: elements === null
        ? "all"
        : elements.map((each) => ({ name: (each.propertyName ?? each.name).text, as: each.name.text })),
    });
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return made(node.arguments[0]!, { isType: false, isReexport: false, names: "all" });
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return made(node.argument.literal, { isType: true, isReexport: false, names: "all" });
  }
  return null;
}

function isTypeClause(clause: ts.ImportClause): boolean {
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  return clause.name === undefined && bindings !== undefined && ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 && bindings.elements.every((each) => each.isTypeOnly);
}

function namesOfClause(clause: ts.ImportClause | undefined, tree: ts.SourceFile): Import["names"] {
  if (clause === undefined) return [];
  const names: { name: string; as: string }[] = [];
  if (clause.name !== undefined) names.push({ name: "default", as: clause.name.text });
  const bindings = clause.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) return memberNames(bindings.name.text, tree);
  for (const each of bindings.elements) {
    names.push({ name: (each.propertyName ?? each.name).text, as: each.name.text });
  }
  return names;
}

/** What is used of `import * as space`: the names behind its dots, or all when it is handed on whole. */
function memberNames(space: string, tree: ts.SourceFile): Import["names"] {
  const names = new Set<string>();
  let whole = false;
  walk(tree, (node) => {
    if (!ts.isIdentifier(node) || node.text !== space || ts.isNamespaceImport(node.parent)) return;
    if (ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node) {
      names.add(node.parent.name.text);
    } else if (ts.isQualifiedName(node.parent) && node.parent.left === node) {
      names.add(node.parent.right.text);
    } else whole = true;
  });
  return whole ? "all" : [...names].map((name) => ({ name, as: name }));
}

function exportsOf(tree: ts.SourceFile): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  const add = (name: ts.Node) =>
    found.push({ name: name.getText(tree), line: lineOf(tree, name.getStart()) });
  for (const statement of tree.statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier === undefined) {
      const clause = statement.exportClause;
      if (clause !== undefined && ts.isNamedExports(clause)) {
        clause.elements.forEach((each) => add(each.name));
      }
    }
    const isExported = ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) add(name);
    } else if ("name" in statement && statement.name !== undefined) add(statement.name as ts.Node);
  }
  return found;
}
