/**
 * One conversation of a ChatGPT export: a tree of messages under `mapping`, in which an edited question or a second
 * answer is a branch. Every branch is taken, in the order of the tree. Pure.
 */
import { z } from "zod";
import { type Item, itemsOf, timeOf } from "./item.ts";

const conversationForm = z.looseObject({
  id: z.string().optional(),
  conversation_id: z.string().optional(),
  title: z.string().nullish(),
  create_time: z.number().nullish(),
  mapping: z.record(z.string(), z.unknown()),
});
const nodeForm = z.looseObject({
  parent: z.string().nullish(),
  children: z.array(z.string()).default([]),
  message: z.unknown().optional(),
});
const messageForm = z.looseObject({
  id: z.string(),
  author: z.looseObject({ role: z.string(), name: z.string().nullish() }),
  create_time: z.number().nullish(),
  content: z.looseObject({ content_type: z.string() }),
  metadata: z.looseObject({ is_visually_hidden_from_conversation: z.boolean().optional() }).nullish(),
});

type Node = z.infer<typeof nodeForm>;

/** @param place where the conversation stands, such as `conversations[3]` */
export function* chatGptItems(value: unknown, place: string): Generator<Item> {
  const parsed = conversationForm.safeParse(value);
  if (!parsed.success) {
    yield { problem: { place, reason: firstIssue(parsed.error) } };
    return;
  }
  const { mapping, title, create_time: created } = parsed.data;
  const id = parsed.data.conversation_id ?? parsed.data.id ?? `${title ?? ""} ${created ?? ""}`;
  const nodes = new Map<string, Node>();
  for (const [key, node] of Object.entries(mapping)) {
    const read = nodeForm.safeParse(node);
    if (read.success) nodes.set(key, read.data);
    else yield { problem: { place: `${place}.mapping["${key}"]`, reason: firstIssue(read.error) } };
  }
  let before = timeOf(created);
  for (const key of inOrder(nodes)) {
    const { message } = nodes.get(key)!;
    if (message === null || message === undefined) continue;
    const read = messageForm.safeParse(message);
    if (!read.success) {
      yield { problem: { place: `${place}.mapping["${key}"].message`, reason: firstIssue(read.error) } };
      continue;
    }
    if (read.data.metadata?.is_visually_hidden_from_conversation === true) continue;
    const { author, content } = read.data;
    const at = timeOf(read.data.create_time) ?? (before === undefined ? undefined : before + 1);
    before = at;
    yield* itemsOf({
      identity: ["chatgpt", id, read.data.id],
      text: textOf(content),
      source: `ChatGPT: ${title ?? "a conversation"}`,
      thread: `chatgpt:${id}`,
      author: author.name ?? author.role,
      at,
    });
  }
}

/** Depth first from the roots, each node once; those that no root leads to come last. */
function inOrder(nodes: ReadonlyMap<string, Node>): Set<string> {
  const found = new Set<string>();
  const roots = [...nodes].filter(([, { parent }]) => parent == null || !nodes.has(parent)).map(([key]) =>
    key
  );
  const open = [...roots, ...nodes.keys()].reverse();
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (found.has(key) || !nodes.has(key)) continue;
    found.add(key);
    for (const child of nodes.get(key)!.children.toReversed()) open.push(child);
  }
  return found;
}

/** The words of a message: texts and transcripts; pictures and the like have none. */
function textOf(content: Record<string, unknown>): string {
  if (Array.isArray(content.parts)) {
    return content.parts.map(partText).filter((part) => part !== "").join("\n");
  }
  return typeof content.text === "string" ? content.text : "";
}

function partText(part: unknown): string {
  if (typeof part === "string") return part;
  const text = typeof part === "object" && part !== null && "text" in part ? part.text : undefined;
  return typeof text === "string" ? text : "";
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join(".") || "it"}: ${issue.message}`;
}
