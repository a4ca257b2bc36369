/** The viewport of one host: panned and zoomed at once by hand, gliding when the program does it. */
import { SCALE_READABLE, SCALE_STEP } from "../limits.ts";
import { bounds, type Point, type Rect } from "../model/geometry.ts";
import {
  between,
  fit,
  type Insets,
  NO_INSETS,
  panBy,
  reveal,
  type Size,
  type Viewport,
  zoomAt,
} from "../model/viewport.ts";

const GLIDE_MS = 240;

export interface ViewHooks {
  onChange(): void;
  onScale(scale: number): void;
}

export class View {
  readonly #host: HTMLElement;
  readonly #hooks: ViewHooks;
  #viewport: Viewport = { x: 0, y: 0, scale: 1 };
  #size: Size = { width: 0, height: 0 };
  #insets: Insets = NO_INSETS;
  #glide = 0;

  constructor(host: HTMLElement, hooks: ViewHooks) {
    this.#host = host;
    this.#hooks = hooks;
  }

  get viewport(): Viewport {
    return this.#viewport;
  }
  get size(): Size {
    return this.#size;
  }
  /** True until the host has a size. */
  get isEmpty(): boolean {
    return this.#size.width === 0 || this.#size.height === 0;
  }
  get isMoving(): boolean {
    return this.#glide !== 0;
  }

  measure(): void {
    this.#size = { width: this.#host.clientWidth, height: this.#host.clientHeight };
  }

  setInsets(insets: Insets): void {
    this.#insets = insets;
  }

  panBy(dx: number, dy: number): void {
    this.stop();
    this.#set(panBy(this.#viewport, dx, dy));
  }

  zoomAt(at: Point, factor: number): void {
    this.stop();
    this.#set(zoomAt(this.#viewport, at, factor));
  }

  step(step: "in" | "out" | "natural"): void {
    const { left, right, top, bottom } = this.#insets;
    const middle = {
      x: left + (this.#size.width - left - right) / 2,
      y: top + (this.#size.height - top - bottom) / 2,
    };
    const factor = step === "in" ? SCALE_STEP : step === "out" ? 1 / SCALE_STEP : 1 / this.#viewport.scale;
    this.#go(zoomAt(this.#viewport, middle, factor), true);
  }

  fit(rects: Iterable<Rect>, options: { readonly smooth: boolean } = { smooth: true }): void {
    const all = bounds(rects);
    if (all !== null && !this.isEmpty) this.#go(fit(all, this.#size, this.#insets), options.smooth);
  }

  /** Brings it into sight, and with `readable` to a size at which it can be read. */
  reveal(rect: Rect, { readable }: { readonly readable: boolean }): void {
    if (this.isEmpty) return;
    const { scale } = this.#viewport;
    const middle = { x: this.#size.width / 2, y: this.#size.height / 2 };
    const from = readable && scale < SCALE_READABLE
      ? zoomAt(this.#viewport, middle, SCALE_READABLE / scale)
      : this.#viewport;
    this.#go(reveal(from, rect, this.#size, this.#insets), true);
  }

  stop(): void {
    cancelAnimationFrame(this.#glide);
    this.#glide = 0;
  }

  #set(viewport: Viewport): void {
    const scaled = viewport.scale !== this.#viewport.scale;
    this.#viewport = viewport;
    if (scaled) this.#hooks.onScale(viewport.scale);
    this.#hooks.onChange();
  }

  #go(target: Viewport, smooth: boolean): void {
    this.stop();
    if (target === this.#viewport) return;
    const window = this.#host.ownerDocument.defaultView!;
    if (!smooth || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#set(target);
    const from = this.#viewport;
    let start: number | undefined;
    const tick = (now: number) => {
      start ??= now;
      const t = Math.min(1, (now - start) / GLIDE_MS);
      this.#glide = t < 1 ? requestAnimationFrame(tick) : 0;
      this.#set(between(from, target, 1 - (1 - t) ** 3));
    };
    this.#glide = requestAnimationFrame(tick);
  }
}
