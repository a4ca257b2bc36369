/** An error in words, beside what was wrong: what, and what to do; the names that were perhaps meant, to click. */
import { type Problem, suggestionsOf } from "../model/words.ts";
import { Icon } from "./icon.tsx";

export interface ProblemNoteProps {
  readonly problem: Problem;
  readonly onSuggestion?: (name: string) => void;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export function ProblemNote({ problem, onSuggestion, action }: ProblemNoteProps) {
  const suggestions = onSuggestion === undefined ? [] : suggestionsOf(problem);
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <div class="problem-words">
        <p>{problem.message}</p>
        {suggestions.length === 0 ? <p class="muted">{problem.hint}</p> : (
          <p class="chips">
            <span class="muted">Did you mean</span>
            {suggestions.map((name) => (
              <button
                key={name}
                type="button"
                class="chip"
                onClick={() => onSuggestion?.(name)}
              >
                {name}
              </button>
            ))}
          </p>
        )}
        {action === undefined
          ? null
          : <button type="button" class="button small" onClick={action.run}>{action.label}</button>}
      </div>
    </div>
  );
}
