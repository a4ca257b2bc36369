/**
 * Importers: what others export, as memories. They take text and give items; where the text comes from is the caller's.
 * @module
 */
export { conversationItems, zippedConversationItems } from "./conversations.ts";
export type { Item, Problem } from "./item.ts";
export { markdownItems } from "./markdown.ts";
