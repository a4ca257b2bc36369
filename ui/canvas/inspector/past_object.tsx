/** An object as it was: to be read, not to be changed. */
import type { ObjectView } from "../../protocol.ts";
import { CloseButton } from "./close_button.tsx";
import { ChainView } from "./chain_view.tsx";
import { InheritedView } from "./inherited_view.tsx";
import { Section } from "./section.tsx";
import { ValueView } from "./value_view.tsx";

export function PastObject({ chain }: { chain: readonly ObjectView[] }) {
  const view = chain[0]!;
  const slots = Object.entries(view.slots);
  const methods = Object.entries(view.methods);
  return (
    <>
      <div class="panel-head inspector-head past-head">
        <h2 class="clip">{view.name ?? "No name"}</h2>
        <span class="tag">as it was</span>
        <CloseButton />
      </div>
      <div class="panel-body">
        <ChainView chain={chain} />
        <Section title="Slots" count={slots.length}>
          <ul class="slots then" aria-label="Slots as they were">
            {slots.map(([name, value]) => (
              <li key={name} class="slot">
                <span class="slot-name">{name}</span>
                <ValueView value={value} />
              </li>
            ))}
          </ul>
        </Section>
        <Section title="Methods" count={methods.length} open={methods.length > 0}>
          <ul class="slots then" aria-label="Methods as they were">
            {methods.map(([name, { source, native }]) => (
              <li key={name} class="slot">
                <span class="slot-name">{name}</span>
                <code class="past-source">{source ?? native}</code>
              </li>
            ))}
          </ul>
        </Section>
        <InheritedView chain={chain} />
      </div>
    </>
  );
}
