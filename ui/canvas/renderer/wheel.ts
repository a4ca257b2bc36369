/** Tells what a turn of the wheel or a stroke on a trackpad is meant to do. Pure. */
export interface WheelInput {
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0 pixels, 1 lines, 2 pages. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}
export type WheelIntent = { readonly kind: "zoom"; readonly factor: number } | {
  readonly kind: "pan";
  readonly dx: number;
  readonly dy: number;
};

const PIXELS = [1, 16, 400];

/** A wheel turns in whole notches and zooms; two fingers glide and pan; a pinch comes as a wheel with Ctrl. */
export function wheelIntent(input: WheelInput): WheelIntent {
  const unit = PIXELS[input.deltaMode] ?? 1;
  const dx = input.deltaX * unit, dy = input.deltaY * unit;
  const notch = input.deltaX === 0 && (input.deltaMode !== 0 || (Number.isInteger(dy) && Math.abs(dy) >= 50));
  if (input.ctrlKey || input.metaKey || (notch && !input.shiftKey)) {
    const speed = notch ? 0.0018 : 0.01;
    return { kind: "zoom", factor: Math.exp(-Math.max(-120, Math.min(120, dy)) * speed) };
  }
  return input.shiftKey && dx === 0 ? { kind: "pan", dx: -dy, dy: 0 } : { kind: "pan", dx: -dx, dy: -dy };
}
