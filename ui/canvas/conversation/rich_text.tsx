/** A finished answer as paragraphs, lists and code. */
import { formatText, type Inline } from "../model/format_text.ts";

function inlines(parts: readonly Inline[]) {
  return parts.map(({ kind, text }, index) =>
    kind === "code"
      ? <code key={index}>{text}</code>
      : kind === "strong"
      ? <strong key={index}>{text}</strong>
      : text
  );
}

export function RichText({ text }: { text: string }) {
  return (
    <div class="answer-text rich">
      {formatText(text).map((block, index) => {
        if (block.kind === "code") return <pre key={index}><code>{block.text}</code></pre>;
        if (block.kind === "paragraph") return <p key={index}>{inlines(block.inlines)}</p>;
        const items = block.items.map((item, n) => <li key={n}>{inlines(item)}</li>);
        if (!block.ordered) return <ul key={index}>{items}</ul>;
        // Beside the text there is room for two digits.
        const isWide = block.start + items.length > 100;
        return <ol key={index} start={block.start} class={isWide ? "wide" : undefined}>{items}</ol>;
      })}
    </div>
  );
}
