/**
 * Importers: what others export, as memories. They take text and give items; where the text comes from is the caller's.
 * @module
 */
export { conversationItems, zippedConversationItems } from "./conversations.ts";
export { derivedOid } from "../compare.ts";
export { MARKDOWN_BYTES_MAX } from "../limits.ts";
export { type Item, type Problem, timeOf } from "./item.ts";
export { markdownDocument, markdownItems } from "./markdown.ts";
