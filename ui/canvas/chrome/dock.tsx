/** The panels at the left: a rail of tabs, and the panel of the chosen one. */
import { ConversationPanel } from "../conversation/conversation_panel.tsx";
import { AskPanel } from "../panels/ask_panel.tsx";
import { CurationPanel } from "../panels/curation_panel.tsx";
import { MemoryPanel } from "../panels/memory_panel.tsx";
import { ObjectsPanel } from "../panels/objects_panel.tsx";
import { ProposalsPanel } from "../panels/proposals_panel.tsx";
import { TimelinePanel } from "../panels/timeline_panel.tsx";
import { useApp } from "../state/app.ts";
import type { Tab } from "../state/store.ts";
import { Icon, type IconName } from "./icon.tsx";
import { IconButton } from "./icon_button.tsx";

const TABS: readonly { tab: Tab; icon: IconName; label: string; key: string }[] = [
  { tab: "talk", icon: "talk", label: "Talk", key: "T" },
  { tab: "memory", icon: "memory", label: "Memory", key: "R" },
  { tab: "timeline", icon: "timeline", label: "History", key: "H" },
  { tab: "objects", icon: "objects", label: "Objects", key: "O" },
  { tab: "ask", icon: "help", label: "Ask", key: "Q" },
  { tab: "proposals", icon: "check", label: "Methods", key: "P" },
  { tab: "curation", icon: "moon", label: "Sleep", key: "S" },
];

export function Dock() {
  const { store, proposing } = useApp();
  const current = store.tab.value;
  const waiting = proposing.waiting.value.length;
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = TABS.findIndex(({ tab }) => tab === current);
    const next = TABS[(Math.max(0, at) + by + TABS.length) % TABS.length]!.tab;
    store.tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="dock" id="dock" data-open={current !== "none"}>
      <div class="rail" role="tablist" aria-label="Panels" aria-orientation="vertical" onKeyDown={move}>
        {TABS.map(({ tab, icon, label, key }) => (
          <button
            key={tab}
            id={`tab-${tab}`}
            type="button"
            role="tab"
            class="rail-tab"
            aria-selected={tab === current}
            aria-controls="panel"
            tabIndex={tab === current || (current === "none" && tab === "talk") ? 0 : -1}
            title={`${label}  (${key})`}
            onClick={() => store.tab.value = tab === current ? "none" : tab}
          >
            <Icon name={icon} size={19} />
            <span>{label}</span>
            {tab === "proposals" && waiting > 0
              ? (
                <span class="rail-count">
                  {waiting}
                  <span class="visually-hidden">waiting</span>
                </span>
              )
              : null}
          </button>
        ))}
      </div>
      {current === "none" ? null : (
        <section
          class="panel"
          id="panel"
          role="tabpanel"
          aria-labelledby={`tab-${current}`}
          tabIndex={-1}
          data-focus-home
        >
          <div class="panel-head">
            <h2>{TABS.find(({ tab }) => tab === current)!.label}</h2>
            <IconButton icon="close" label="Close the panel" onClick={() => store.tab.value = "none"} />
          </div>
          {current === "talk" && <ConversationPanel />}
          {current === "memory" && <MemoryPanel />}
          {current === "timeline" && <TimelinePanel />}
          {current === "objects" && <ObjectsPanel />}
          {current === "ask" && <AskPanel />}
          {current === "proposals" && <ProposalsPanel />}
          {current === "curation" && <CurationPanel />}
        </section>
      )}
    </div>
  );
}
