/** The colours of the painted part, as the style sheet has them for the theme in use. */
import type { Kind } from "../model/morphs.ts";

export interface CanvasTheme {
  readonly background: string;
  readonly dot: string;
  readonly card: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly link: string;
  readonly kinds: Readonly<Record<Kind, string>>;
}

export function readTheme(host: HTMLElement): CanvasTheme {
  const style = getComputedStyle(host);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    background: color("canvas"),
    dot: color("canvas-dot"),
    card: color("card"),
    border: color("card-border"),
    text: color("text"),
    muted: color("text-muted"),
    accent: color("accent"),
    link: color("link-line"),
    kinds: {
      persona: color("kind-persona"),
      memory: color("kind-memory"),
      message: color("kind-message"),
      concept: color("kind-concept"),
      system: color("kind-system"),
      plain: color("kind-plain"),
    },
  };
}
