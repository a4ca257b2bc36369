/** The words of an HTML page, for mail that has no plain text: no scripts, no styles, blocks as paragraphs. Pure. */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
const BLOCK = /^\/?(?:p|div|li|ul|ol|tr|table|h[1-6]|blockquote|section|article|header|footer|pre)$/;
/** What their content says is not said to a reader. */
const UNSAID = new Set(["script", "style", "head", "title", "template"]);

/** One pass, in time that grows with the length alone. */
export function htmlText(html: string): string {
  const parts: string[] = [];
  const lower = html.toLowerCase();
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    parts.push(html.slice(at, open === -1 ? undefined : open));
    if (open === -1) break;
    if (html.startsWith("<!--", open)) {
      at = behind(html.indexOf("-->", open), 3, html);
      continue;
    }
    const close = html.indexOf(">", open);
    if (close === -1) break;
    const name = /^\/?[a-z][a-z0-9]*/.exec(lower.slice(open + 1, Math.min(close, open + 20)))?.[0] ?? "";
    at = close + 1;
    if (UNSAID.has(name)) at = behind(lower.indexOf(`</${name}`, at), 0, html);
    else if (name === "br") parts.push("\n");
    else if (BLOCK.test(name)) parts.push("\n\n");
  }
  return decoded(parts.join("")).replace(/[ \t\u00a0]+/g, " ").replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n").trim();
}

function behind(found: number, length: number, html: string): number {
  return found === -1 ? html.length : found + length;
}

function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,8}));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
        ? String.fromCodePoint(code)
        : whole;
    },
  );
}
