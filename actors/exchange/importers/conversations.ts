/**
 * `conversations.json` of ChatGPT or Claude, as it comes in: which of the two is told by each conversation itself. What
 * is malformed is left out and named; a file that breaks off gives what stands before the break.
 */
import { CONVERSATION_CHARACTERS_MAX } from "../limits.ts";
import { chatGptItems } from "./chatgpt.ts";
import { claudeItems } from "./claude.ts";
import type { Item } from "./item.ts";
import { jsonArrayElements, JsonArrayError } from "./json_array.ts";
import { zippedConversations } from "./zip.ts";

/** @param file what the file is called, for places */
export async function* conversationItems(chunks: AsyncIterable<string>, file: string): AsyncGenerator<Item> {
  try {
    for await (const { index, text } of jsonArrayElements(chunks, CONVERSATION_CHARACTERS_MAX)) {
      yield* elementItems(text, `${file}[${index}]`);
    }
  } catch (error) {
    if (!(error instanceof JsonArrayError)) throw error;
    yield { problem: { place: `${file}[${error.index}]`, reason: error.message } };
  }
}

function* elementItems(text: string, place: string): Generator<Item> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    yield { problem: { place, reason: error.message } };
    return;
  }
  if (typeof value === "object" && value !== null && "mapping" in value) yield* chatGptItems(value, place);
  else if (typeof value === "object" && value !== null && "chat_messages" in value) {
    yield* claudeItems(value, place);
  } else yield { problem: { place, reason: "it is a conversation of neither ChatGPT nor Claude" } };
}

/** The same out of a ZIP archive, each of its members after the other. @throws {ConversationsError} */
export async function* zippedConversationItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  const texts = zippedConversations(chunks)[Symbol.asyncIterator]();
  let next = await texts.next();
  async function* textsOf(member: string): AsyncGenerator<string> {
    for (; !next.done && next.value.member === member; next = await texts.next()) yield next.value.text;
  }
  while (!next.done) {
    const { member } = next.value;
    yield* conversationItems(textsOf(member), member);
    // What stands behind a break is passed over.
    for (; !next.done && next.value.member === member; next = await texts.next());
  }
}
