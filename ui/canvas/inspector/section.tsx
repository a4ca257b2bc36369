/** A part of the inspector with a heading that folds it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../chrome/icon.tsx";

export interface SectionProps {
  readonly title: string;
  readonly count?: number;
  readonly open?: boolean;
  readonly focus?: "slots" | "send";
  readonly children: ComponentChildren;
}

export function Section({ title, count, open = true, focus, children }: SectionProps) {
  const [isOpen, setOpen] = useState(open);
  return (
    <section class="section">
      <h3>
        <button
          type="button"
          class="section-head"
          aria-expanded={isOpen}
          {...(focus === undefined ? {} : { "data-section": focus })}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? "down" : "chevron"} size={14} />
          {title}
          {count === undefined ? null : <span class="count">{count}</span>}
        </button>
      </h3>
      {isOpen ? <div class="section-body">{children}</div> : null}
    </section>
  );
}
