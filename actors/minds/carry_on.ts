/**
 * One answer out of several minds: when one fails, the next goes on from where it stopped, and a seam in the text shows
 * the place. Without a next one, the failure is the answer's.
 */
import { MindError, reasonOf } from "./errors.ts";
import { seamsMax } from "./limits.ts";
import type { GenerateRequest, Mind, MindToken } from "./mind.ts";
import { shortModelName } from "./model_name.ts";

export interface Speaker {
  readonly mind: Mind;
  /** As the mind names it. */
  readonly model: string;
}

/** Where one mind stopped and another went on. */
export interface Seam {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface CarryOnOptions {
  /** Who goes on after a failure; null ends the answer with it. */
  readonly next: (failed: string) => Promise<Speaker | null>;
  readonly onSeam: (seam: Seam) => void;
}

/** As `generate` does, over as many minds as it takes. @throws MindError, or the signal's reason when it aborts */
export async function* carryOn(
  first: Mind,
  request: GenerateRequest,
  options: CarryOnOptions,
): AsyncGenerator<MindToken> {
  let speaker: Speaker = { mind: first, model: request.model };
  let said = "";
  /** Tokens of those who failed: each piece of a stream is one. */
  let spent = 0;
  for (let seams = 0;; seams++) {
    let heard = 0;
    try {
      const messages = said === "" ? request.messages : [...request.messages, ...unfinished(said)];
      for await (const part of speaker.mind.generate({ ...request, model: speaker.model, messages })) {
        if ("done" in part) yield { ...part, tokens: part.tokens + spent };
        else {
          said += part.token;
          heard++;
          yield part;
        }
      }
      return;
    } catch (cause) {
      if (!(cause instanceof MindError) || request.signal.aborted || seams === seamsMax) throw cause;
      spent += heard;
      const next = await options.next(speaker.model);
      if (next === null) throw cause;
      const [from, to] = [shortModelName(speaker.model), shortModelName(next.model)];
      const seam = { from, to, reason: reasonOf(cause) };
      options.onSeam(seam);
      if (said !== "") yield { token: seamInWords(seam) };
      speaker = next;
    }
  }
}

/** What stands in the text where one goes on for another. */
export function seamInWords({ from, to, reason }: Seam): string {
  return `\n\n[${from} broke off: ${reason}. ${to} goes on.]\n\n`;
}

function unfinished(said: string): GenerateRequest["messages"] {
  return [
    { role: "assistant", content: said },
    {
      role: "user",
      content:
        "You were interrupted. Go on exactly where the answer stops, without repeating anything of it.",
    },
  ];
}
