/** What the personas cost, where the status bar opens: tokens, speed, how long one waits. */
import { useEffect, useState } from "preact/hooks";
import type { UsageView } from "../../protocol.ts";
import { countInWords, secondsInWords } from "../model/words.ts";
import { useApp } from "../state/app.ts";

export function UsageTable() {
  const { api, toaster, show } = useApp();
  const [usage, setUsage] = useState<UsageView | null>(null);
  useEffect(() => void api.usage().then(setUsage, (error) => toaster.fail(error)), []);
  if (usage === null) return null;
  return (
    <section class="usage" aria-label="What the personas cost">
      <h3>Personas</h3>
      {usage.personas.length === 0 ? <p class="hint">No model has answered yet.</p> : (
        <table>
          <thead>
            <tr>
              <th scope="col">Persona</th>
              <th scope="col">Answers</th>
              <th scope="col" title="Tokens">Read</th>
              <th scope="col" title="Tokens">Written</th>
              <th scope="col">Tokens/s</th>
              <th scope="col">First word</th>
              <th scope="col">Whole</th>
            </tr>
          </thead>
          <tbody>
            {usage.personas.map((each) => (
              <tr key={each.persona_id}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => show(each.persona_id)}>
                    {each.persona_name}
                  </button>
                </th>
                <td>{each.answers}</td>
                <td>{each.prompt_tokens.toLocaleString("en")}</td>
                <td>{each.tokens.toLocaleString("en")}</td>
                <td>{each.tokens_per_second ?? "–"}</td>
                <td>{secondsInWords(each.first_token_ms)}</td>
                <td>{secondsInWords(each.total_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {usage.more
        ? <p class="hint">Over the latest {countInWords(usage.answers, "answer")}; times are medians.</p>
        : null}
    </section>
  );
}
