/** What several said before the answer itself: open while they speak, folded away once one answer is made of it. */
import type { AnswerEntry, VoiceEntry } from "../state/answer_entry.ts";
import { useApp } from "../state/app.ts";
import { RichText } from "./rich_text.tsx";
import { Streaming } from "./streaming.tsx";

export function Voices({ entry, onGrow }: { entry: AnswerEntry; onGrow: () => void }) {
  const voices = entry.voices.value;
  if (voices.length === 0) return null;
  const isOver = entry.phase.value.state === "complete";
  const names = [...new Set(voices.map(({ personaName }) => personaName))].join(", ");
  return (
    <details class="voices" open={!isOver}>
      <summary>{isOver ? `What ${names} said` : `${names} …`}</summary>
      <ol>
        {voices.map((voice) => (
          <li key={`${voice.voice} ${isOver}`}>
            <VoiceView voice={voice} isOver={isOver} onGrow={onGrow} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function VoiceView({ voice, isOver, onGrow }: { voice: VoiceEntry; isOver: boolean; onGrow: () => void }) {
  const { show } = useApp();
  return (
    <>
      <div class="answer-head" title={voice.reason}>
        <span class="avatar small" data-persona={voice.personaName} aria-hidden="true">
          {voice.personaName.slice(0, 1)}
        </span>
        <button type="button" class="link strong" onClick={() => show(voice.personaId)}>
          {voice.personaName}
        </button>
        {voice.task === "revise" ? <span class="muted">after hearing the others</span> : null}
      </div>
      {isOver
        ? <RichText text={voice.words.text} />
        : <Streaming words={voice.words} isThinking={false} onGrow={onGrow} />}
    </>
  );
}
