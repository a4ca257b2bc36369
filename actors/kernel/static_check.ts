/**
 * What can be said of a source without running it: that it is one plain function, uses the syntax and the globals that
 * a method may use, and declares the effects that it plainly has. The sandbox is the wall; this is the sieve that
 * gives a writer exact words. Pure.
 */
import { type AnyNode, type Node, parseExpressionAt } from "acorn";
import type { Effect } from "../object/mod.ts";
import { ProposalFault } from "./errors.ts";
import { NODES_MAX, SOURCE_LENGTH_MAX } from "./limits.ts";

/** What a source says about itself. */
export interface SourceFacts {
  /** Slots that it reads of its receiver by a plain text, and messages that it sends to it. */
  readonly reads: readonly string[];
  readonly sends: readonly string[];
}

const GLOBALS: ReadonlySet<string> = new Set([
  ...["Array", "BigInt", "Boolean", "Error", "Infinity", "JSON", "Map", "Math", "NaN", "Number", "Object"],
  ...["RangeError", "RegExp", "Set", "String", "Symbol", "TypeError", "undefined"],
  ...["isFinite", "isNaN", "parseFloat", "parseInt", "encodeURIComponent", "decodeURIComponent"],
]);
const CLOCKS: ReadonlySet<string> = new Set(["Date", "performance"]);
const FORBIDDEN_NODES: Readonly<Record<string, string>> = {
  ImportExpression: "import()",
  MetaProperty: "new.target and import.meta",
  AwaitExpression: "await",
  YieldExpression: "yield",
  ClassDeclaration: "a class",
  ClassExpression: "a class",
  DebuggerStatement: "debugger",
  WithStatement: "with",
};
const FORBIDDEN_MEMBERS: ReadonlySet<string> = new Set([
  ...["constructor", "__proto__", "prototype", "caller", "callee", "__defineGetter__", "__defineSetter__"],
  ...["__lookupGetter__", "__lookupSetter__"],
]);

/** @throws {ProposalFault} with the line and the words for the first thing that is wrong */
export function checkSource(source: string, effects: readonly Effect[]): SourceFacts {
  if (source.length > SOURCE_LENGTH_MAX) {
    throw fault(`a source must have <= ${SOURCE_LENGTH_MAX} characters: this one has ${source.length}`);
  }
  const root = parse(source);
  const self = receiverOf(root);
  const nodes = nodesOf(root);
  const declared = new Set(nodes.flatMap(declaredNames));
  const facts = { reads: new Set<string>(), sends: new Set<string>() };
  for (const { node, parent } of nodes) {
    checkNode(node);
    if (node.type === "Identifier") checkIdentifier(node, parent, declared, effects);
    if (node.type === "MemberExpression") checkMember(node, effects);
    if (node.type === "CallExpression") noteCall(node, self, effects, facts);
  }
  return { reads: [...facts.reads], sends: [...facts.sends] };
}

function fault(reason: string, node?: Node): ProposalFault {
  const line = node?.loc === null || node?.loc === undefined ? "" : `line ${node.loc.start.line}: `;
  return new ProposalFault("syntax", `The source cannot be a method: ${line}${reason}`);
}

function parse(source: string): AnyNode {
  let root: AnyNode;
  try {
    root = parseExpressionAt(source, 0, { ecmaVersion: 2023, locations: true }) as AnyNode;
  } catch (cause) {
    // Acorn says the place in its message; a nesting beyond its stack is a RangeError.
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw fault(cause.message);
  }
  if (source.slice(root.end).trim() !== "") throw fault("it must be one function and nothing behind it");
  return root;
}

function receiverOf(root: AnyNode): string {
  if (root.type !== "ArrowFunctionExpression" && root.type !== "FunctionExpression") {
    throw fault('it must be one function, such as (self, amount) => self.get("x") + amount');
  }
  if (root.async || (root.generator ?? false)) {
    throw fault("it must be a plain function, neither async nor a generator");
  }
  const [first] = root.params;
  if (first === undefined) return "self";
  if (first.type !== "Identifier") throw fault("its first parameter must be the receiver, self");
  return first.name;
}

interface Placed {
  readonly node: AnyNode;
  readonly parent: AnyNode | null;
}

function nodesOf(root: AnyNode): Placed[] {
  const found: Placed[] = [];
  const open: Placed[] = [{ node: root, parent: null }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    if (found.length > NODES_MAX) throw fault(`it must have <= ${NODES_MAX} parts of syntax`);
    for (const value of Object.values(next.node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) open.push({ node: child, parent: next.node });
      }
    }
  }
  return found;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function declaredNames({ node }: Placed): string[] {
  switch (node.type) {
    case "VariableDeclarator":
      return patternNames(node.id);
    case "CatchClause":
      return node.param === null || node.param === undefined ? [] : patternNames(node.param);
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return [
        ...(node.id === null || node.id === undefined ? [] : [node.id.name]),
        ...node.params.flatMap(patternNames),
      ];
    default:
      return [];
  }
}

function patternNames(pattern: AnyNode): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "AssignmentPattern":
      return patternNames(pattern.left);
    case "RestElement":
      return patternNames(pattern.argument);
    case "ArrayPattern":
      return pattern.elements.flatMap((each) => each === null ? [] : patternNames(each));
    case "ObjectPattern":
      return pattern.properties.flatMap((each) =>
        each.type === "RestElement" ? patternNames(each.argument) : patternNames(each.value)
      );
    default:
      return [];
  }
}

function checkNode(node: AnyNode): void {
  const what = FORBIDDEN_NODES[node.type];
  if (what !== undefined) throw fault(`${what} is not for methods`, node);
  const isFunction = node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression" ||
    node.type === "FunctionDeclaration";
  if (isFunction && (node.async || (node.generator ?? false))) {
    throw fault("async functions and generators are not for methods", node);
  }
}

/** A name that stands for a value: not the key of a property, a label, or what is written behind a dot. */
function isReference(node: AnyNode, parent: AnyNode | null): boolean {
  if (parent?.type === "MemberExpression") return parent.object === node || parent.computed;
  if (parent?.type === "Property") return parent.value === node || parent.computed;
  return parent?.type !== "LabeledStatement" && parent?.type !== "BreakStatement" &&
    parent?.type !== "ContinueStatement";
}

function checkIdentifier(
  node: Extract<AnyNode, { type: "Identifier" }>,
  parent: AnyNode | null,
  declared: ReadonlySet<string>,
  effects: readonly Effect[],
): void {
  const { name } = node;
  if (!isReference(node, parent) || declared.has(name) || GLOBALS.has(name)) return;
  if (CLOCKS.has(name)) {
    if (!effects.includes("clock")) {
      throw fault(`it uses ${name} and does not declare the effect "clock"`, node);
    }
    return;
  }
  throw fault(`"${name}" is not defined and is not a global that a method may use`, node);
}

function checkMember(
  node: Extract<AnyNode, { type: "MemberExpression" }>,
  effects: readonly Effect[],
): void {
  const name = memberName(node);
  if (name === null) return;
  if (FORBIDDEN_MEMBERS.has(name)) throw fault(`.${name} is not for methods`, node);
  const isMath = node.object.type === "Identifier" && node.object.name === "Math";
  if (isMath && name === "random" && !effects.includes("random")) {
    throw fault('it uses Math.random and does not declare the effect "random"', node);
  }
}

function memberName(node: Extract<AnyNode, { type: "MemberExpression" }>): string | null {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : null;
  return node.property.type === "Literal" && typeof node.property.value === "string"
    ? node.property.value
    : null;
}

function noteCall(
  node: Extract<AnyNode, { type: "CallExpression" }>,
  self: string,
  effects: readonly Effect[],
  facts: { readonly reads: Set<string>; readonly sends: Set<string> },
): void {
  const { callee } = node;
  if (callee.type !== "MemberExpression") return;
  if (callee.object.type !== "Identifier" || callee.object.name !== self) return;
  const name = memberName(callee);
  const [first] = node.arguments;
  const text = first?.type === "Literal" && typeof first.value === "string" ? first.value : null;
  if ((name === "set" || name === "remove") && !effects.includes("writes_self")) {
    throw fault(`it uses ${self}.${name} and does not declare the effect "writes_self"`, node);
  }
  if (text === null) return;
  if (name === "get") facts.reads.add(text);
  if (name === "send") facts.sends.add(text);
}
