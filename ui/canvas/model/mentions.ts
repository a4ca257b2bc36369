/** What is offered while an `@name` is being written. Pure. */

/** Names that fit the @ that is being written; none when none is. */
export function mentionsFor(text: string, names: readonly string[]): string[] {
  const begun = /^((?:@\S+\s+)*)@([^@]*)$/u.exec(text)?.[2]?.toLowerCase();
  if (begun === undefined) return [];
  return names.filter((name) => name.toLowerCase().startsWith(begun) && name.toLowerCase() !== begun);
}

/** The text with the begun name written out. */
export function withMention(text: string, name: string): string {
  return `${text.slice(0, text.lastIndexOf("@"))}@${name} `;
}
