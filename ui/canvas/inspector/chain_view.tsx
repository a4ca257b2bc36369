/** The chain along which slots are searched, the object itself first; each step can be gone to. */
import type { ObjectView } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../chrome/icon.tsx";

export function ChainView({ chain }: { chain: readonly ObjectView[] }) {
  const { show } = useApp();
  const view = chain[0]!;
  const parents = view.chain.slice(1);
  return (
    <nav class="chain" aria-label="Delegation chain">
      <span class="chain-label">parent*</span>
      {parents.length === 0 ? <span class="muted">none: it is a root</span> : null}
      <ol>
        {parents.map(({ oid, name }, index) => (
          <li key={oid}>
            {index === 0 ? null : <Icon name="chevron" size={12} />}
            <button
              type="button"
              class={view.parents.includes(oid) ? "chip direct" : "chip"}
              title={view.parents.includes(oid) ? "A direct parent" : "A parent of a parent"}
              onClick={() => show(oid)}
            >
              {name ?? `…${oid.slice(-6)}`}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
