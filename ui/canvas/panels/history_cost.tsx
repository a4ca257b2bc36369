/** What history costs, in a line, and how long it is kept. */
import { useEffect, useState } from "preact/hooks";
import type { HistoryView } from "../../protocol.ts";
import { bytesInWords, countInWords } from "../model/words.ts";
import { problemOf } from "../net/api.ts";
import { useApp } from "../state/app.ts";

export function HistoryCost() {
  const { api, show, toaster } = useApp();
  const [history, setHistory] = useState<HistoryView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    api.history().then(
      (found) => wanted && setHistory(found),
      (error) => wanted && setProblem(problemOf(error).message),
    );
    return () => {
      wanted = false;
    };
  }, []);
  if (problem !== null) return <p class="history-cost muted">{problem}</p>;
  if (history === null) return <p class="history-cost muted">Counting what history costs…</p>;
  const { cost, policy } = history;
  const kept = {
    all: "all of it is kept",
    days: `${countInWords(policy.days, "day")} are kept`,
    thoughts: `${countInWords(policy.thoughts, "thought")} are kept`,
  }[policy.keep];
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
        {kept}
      </button>
      {cost.pruned > 0 ? `; the oldest ${cost.pruned.toLocaleString("en")} are pruned` : ""}
      {policy.problem === undefined ? "" : `. The policy is none: ${policy.problem}`}.
    </p>
  );
}
