/** A key in words, for messages. */
export function describe(key: readonly unknown[]): string {
  return `[${key.map((part) => typeof part === "string" ? JSON.stringify(part) : String(part)).join(", ")}]`;
}
