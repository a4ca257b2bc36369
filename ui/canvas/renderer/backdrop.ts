/** The painted layer: the grid, the lines between morphs, and the morphs themselves in the far view. */
import { center, edgePoint, type Rect } from "../model/geometry.ts";
import type { Kind, Link, Morph } from "../model/morphs.ts";
import type { Size, Viewport } from "../model/viewport.ts";
import type { CanvasTheme } from "./theme.ts";

const GRID = 32;

export class Backdrop {
  readonly element: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #size: Size = { width: 1, height: 1 };
  #ratio = 1;

  constructor(document: Document) {
    this.element = document.createElement("canvas");
    this.element.className = "backdrop";
    this.element.setAttribute("aria-hidden", "true");
    const context = this.element.getContext("2d", { alpha: false });
    if (context === null) throw new Error("This browser has no 2D canvas");
    this.#context = context;
  }

  resize(size: Size, ratio: number): void {
    this.#size = size;
    this.#ratio = ratio;
    this.element.width = Math.max(1, Math.round(size.width * ratio));
    this.element.height = Math.max(1, Math.round(size.height * ratio));
  }

  begin(viewport: Viewport, theme: CanvasTheme): void {
    const context = this.#context;
    const { width, height } = this.#size;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, width, height);
    let step = GRID * viewport.scale;
    while (step < 20) step *= 2;
    while (step > 56) step /= 2;
    const dot = viewport.scale > 0.4 ? 1.5 : 1;
    context.fillStyle = theme.dot;
    for (let x = mod(viewport.x, step); x < width; x += step) {
      for (let y = mod(viewport.y, step); y < height; y += step) {
        context.fillRect(x - dot / 2, y - dot / 2, dot, dot);
      }
    }
    this.#toWorld(viewport);
  }

  #toWorld(viewport: Viewport): void {
    const { scale, x, y } = viewport;
    const ratio = this.#ratio;
    this.#context.setTransform(scale * ratio, 0, 0, scale * ratio, x * ratio, y * ratio);
  }

  links(links: readonly Link[], rectOf: (oid: string) => Rect | undefined, options: {
    readonly color: string;
    readonly width: number;
    readonly alpha: number;
    readonly arrows: boolean;
    readonly visible: Rect;
  }): void {
    const context = this.#context;
    context.globalAlpha = options.alpha;
    context.strokeStyle = context.fillStyle = options.color;
    context.lineWidth = options.width;
    context.beginPath();
    const heads: { x: number; y: number; angle: number }[] = [];
    for (const { from, to } of links) {
      const parent = rectOf(from), child = rectOf(to);
      if (parent === undefined || child === undefined || !mayCross(parent, child, options.visible)) continue;
      const a = center(child), b = center(parent);
      const vertical = Math.abs(b.y - a.y) * 1.3 > Math.abs(b.x - a.x);
      const start = edgePoint(child, vertical ? { x: a.x, y: b.y } : { x: b.x, y: a.y });
      const end = edgePoint(parent, vertical ? { x: b.x, y: a.y } : { x: a.x, y: b.y });
      const bend = vertical ? (end.y - start.y) / 2 : (end.x - start.x) / 2;
      context.moveTo(start.x, start.y);
      if (vertical) context.bezierCurveTo(start.x, start.y + bend, end.x, end.y - bend, end.x, end.y);
      else context.bezierCurveTo(start.x + bend, start.y, end.x - bend, end.y, end.x, end.y);
      if (options.arrows) {
        heads.push({ ...end, angle: vertical ? Math.sign(bend) * Math.PI / 2 : bend < 0 ? Math.PI : 0 });
      }
    }
    context.stroke();
    for (const { x, y, angle } of heads) this.#arrowHead(x, y, angle, 5 + options.width * 2);
    context.globalAlpha = 1;
  }

  #arrowHead(x: number, y: number, angle: number, size: number): void {
    const context = this.#context;
    context.beginPath();
    context.moveTo(x, y);
    for (const side of [1, -1]) {
      context.lineTo(x - size * Math.cos(angle + side * 0.45), y - size * Math.sin(angle + side * 0.45));
    }
    context.closePath();
    context.fill();
  }

  /** All cards in few strokes: one path for each colour. */
  cards(morphs: readonly Morph[], rectOf: (oid: string) => Rect | undefined, options: {
    readonly theme: CanvasTheme;
    readonly scale: number;
    readonly selected: string | null;
    /** Morphs whose title lies beneath another. */
    readonly covered: ReadonlySet<Morph>;
  }): void {
    const { theme, scale, selected } = options;
    const context = this.#context;
    const round = scale > 0.18;
    const byKind = new Map<Kind, Rect[]>();
    context.beginPath();
    for (const morph of morphs) {
      const rect = rectOf(morph.oid)!;
      if (round) context.roundRect(rect.x, rect.y, rect.width, rect.height, 12);
      else context.rect(rect.x, rect.y, rect.width, rect.height);
      let rects = byKind.get(morph.kind);
      if (rects === undefined) byKind.set(morph.kind, rects = []);
      rects.push(rect);
    }
    context.fillStyle = theme.card;
    context.fill();
    context.strokeStyle = theme.border;
    context.lineWidth = 1 / scale;
    context.stroke();
    for (const [kind, rects] of byKind) {
      context.fillStyle = theme.kinds[kind];
      context.beginPath();
      for (const { x, y, height } of rects) context.rect(x + 10, y + 12, 5, Math.max(8, height - 24));
      context.fill();
    }
    if (scale >= 0.2) {
      const readable = morphs.filter((morph) => !options.covered.has(morph));
      this.#titles(readable, rectOf, theme, scale);
    }
    const rect = selected === null ? undefined : rectOf(selected);
    if (rect === undefined) return;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2.5 / scale;
    context.beginPath();
    context.roundRect(rect.x, rect.y, rect.width, rect.height, 12);
    context.stroke();
  }

  #titles(
    morphs: readonly Morph[],
    rectOf: (oid: string) => Rect | undefined,
    theme: CanvasTheme,
    scale: number,
  ): void {
    const context = this.#context;
    const size = Math.min(30, 11 / scale);
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.fillStyle = theme.text;
    context.textBaseline = "middle";
    for (const { oid, title } of morphs) {
      const rect = rectOf(oid)!;
      const letters = Math.max(1, Math.floor((rect.width - 40) / (size * 0.66)));
      const text = title.length <= letters ? title : `${title.slice(0, letters - 1)}…`;
      // Letters are of different widths: what is still too long is set a little closer.
      context.fillText(text, rect.x + 26, rect.y + rect.height / 2, Math.max(1, rect.width - 34));
    }
  }
}

/** Where the title of a morph stands in the far view. */
export function titleRect({ x, y, width, height }: Rect): Rect {
  return { x: x + 26, y: y + height / 2 - 8, width: Math.max(0, width - 40), height: 16 };
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function mayCross(a: Rect, b: Rect, visible: Rect): boolean {
  return Math.max(a.x + a.width, b.x + b.width) >= visible.x &&
    Math.min(a.x, b.x) <= visible.x + visible.width &&
    Math.max(a.y + a.height, b.y + b.height) >= visible.y && Math.min(a.y, b.y) <= visible.y + visible.height;
}
