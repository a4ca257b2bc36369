/** What history costs, in a line, and how long it is kept: as health has it, asked for where it does not yet. */
import { useEffect, useState } from "preact/hooks";
import type { HistoryView } from "../../protocol.ts";
import { bytesInWords, countInWords, keptInWords } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export function HistoryCost() {
  const { api, show, store, toaster } = useApp();
  const [asked, setAsked] = useState<HistoryView | null>(null);
  const history = store.health.value?.history ?? asked;
  const [problem, setProblem] = useState<string | null>(null);
  const isConnected = store.connection.value.state === "connected";
  useEffect(() => {
    let wanted = true;
    setProblem(null);
    api.history().then(
      (found) => wanted && setAsked(found),
      (error) => wanted && setProblem(problemOf(error).message),
    );
    return () => {
      wanted = false;
    };
  }, [isConnected]);
  if (problem !== null && history === null) return <p class="history-cost muted">{problem}</p>;
  if (history === null) return <p class="history-cost muted">Counting what history costs…</p>;
  const { cost, policy } = history;
  const openPolicy = async () => {
    try {
      show((await api.object("history_manager")).oid);
    } catch (error) {
      toaster.fail(error);
    }
  };
  return (
    <p class="history-cost muted">
      {countInWords(cost.thoughts, "thought")}, {bytesInWords(cost.totalBytes)};{" "}
      <button
        type="button"
        class="link"
        title="The policy is in the slots of history_manager"
        onClick={() => void openPolicy()}
      >
        {keptInWords(policy)}
      </button>
      {cost.pruned > 0 ? `; the oldest ${cost.pruned.toLocaleString("en")} are pruned` : ""}
      {policy.problem === undefined ? "" : `. The policy is none: ${policy.problem}`}.
    </p>
  );
}
