/** Cards near by as elements, the far view painted: one renderer over both, with one idea of where everything is. */
import {
  CARDS_AS_ELEMENTS_MAX,
  CARDS_AS_ELEMENTS_SCALE_MIN,
  COORDINATE_MAX,
  DOUBLE_CLICK_MS,
  FAINT_LINES_FAR_MAX,
  MORPH_HEIGHT_MAX,
  MORPH_HEIGHT_MIN,
  MORPH_WIDTH_MAX,
  MORPH_WIDTH_MIN,
  NUDGE_SETTLE_MS,
} from "../limits.ts";
import {
  clamp,
  contains,
  covered as coveredBy,
  inflate,
  intersects,
  neighbor,
  type Point,
  type Rect,
} from "../model/geometry.ts";
import type { Link, Morph } from "../model/morphs.ts";
import { rectToScreen, toWorld, visibleRect } from "../model/viewport.ts";
import { Backdrop, titleRect } from "./backdrop.ts";
import { cardId, Cards } from "./cards.ts";
import { type Grip, listenToGestures } from "./gestures.ts";
import { keyIntent } from "./keys.ts";
import type { MorphRenderer, RendererEvents } from "./renderer.ts";
import { readTheme } from "./theme.ts";
import { View } from "./view.ts";

/** World units beyond a morph's corner in which it can still be gripped there. */
const HANDLE = 16;

export function createRenderer(host: HTMLElement, events: RendererEvents): MorphRenderer {
  const document = host.ownerDocument;
  const backdrop = new Backdrop(document);
  const cards = new Cards(document);
  host.replaceChildren(backdrop.element, cards.element);
  const view = new View(host, { onChange: invalidate, onScale: events.onScale });

  let theme = readTheme(host);
  let morphs: ReadonlyMap<string, Morph> = new Map();
  /** Morphs whose title lies beneath another; null until it is asked for. */
  let covered: ReadonlySet<Morph> | null = null;
  let links: { faint: readonly Link[]; strong: readonly Link[] } = { faint: [], strong: [] };
  let selected: string | null = null;
  let held: { oid: string; rect: Rect; from: Rect; dragging: boolean } | null = null;
  let settleTimer: ReturnType<typeof setTimeout> | undefined;
  let revealTimer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  let fitted = false;
  let readOnly = false;

  const rectOf = (oid: string): Rect | undefined => held?.oid === oid ? held.rect : morphs.get(oid);

  function invalidate(): void {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function draw(): void {
    frame = 0;
    if (view.isEmpty) return;
    const { viewport, size } = view;
    const sight = visibleRect(viewport, size);
    const wide = inflate(sight, 80);
    const visible: Morph[] = [];
    for (const morph of morphs.values()) if (intersects(rectOf(morph.oid)!, wide)) visible.push(morph);
    backdrop.begin(viewport, theme);
    const line = { visible: sight, arrows: viewport.scale > 0.3 };
    const faint = {
      ...line,
      arrows: false,
      color: theme.link,
      width: 1.25 / Math.min(1, viewport.scale),
      alpha: 0.55,
    };
    const far = viewport.scale < CARDS_AS_ELEMENTS_SCALE_MIN;
    if (!far || links.faint.length <= FAINT_LINES_FAR_MAX) backdrop.links(links.faint, rectOf, faint);
    const strong = { ...line, color: theme.accent, width: 2 / Math.min(1, viewport.scale), alpha: 0.9 };
    backdrop.links(links.strong, rectOf, strong);
    const painted = viewport.scale < CARDS_AS_ELEMENTS_SCALE_MIN || visible.length > CARDS_AS_ELEMENTS_MAX;
    const dragging = held?.dragging === true ? held.oid : null;
    if (painted) {
      cards.hide();
      covered ??= coveredBy(morphs.values(), titleRect);
      backdrop.cards(visible, rectOf, { theme, scale: viewport.scale, selected, covered });
    } else cards.show(viewport, visible, rectOf, { selected, dragging });
    const active = selected !== null && !painted && visible.some(({ oid }) => oid === selected);
    if (active) host.setAttribute("aria-activedescendant", cardId(selected!));
    else host.removeAttribute("aria-activedescendant");
    const rect = selected === null ? undefined : rectOf(selected);
    const shown = rect !== undefined && intersects(rect, sight) ? rectToScreen(viewport, rect) : null;
    events.onSelectedRect(shown, dragging !== null || view.isMoving);
  }

  function gripAt(point: Point, pan: boolean): Grip {
    if (pan) return { kind: "pan" };
    const at = toWorld(view.viewport, point);
    const chosen = selected === null ? undefined : rectOf(selected);
    if (chosen !== undefined) {
      const corner = { x: chosen.x + chosen.width - HANDLE, y: chosen.y + chosen.height - HANDLE };
      const size = HANDLE + 6 / view.viewport.scale;
      if (contains({ ...corner, width: size, height: size }, at)) return { kind: "resize", oid: selected! };
      if (contains(chosen, at)) return { kind: "move", oid: selected! };
    }
    let found: string | null = null;
    for (const { oid } of morphs.values()) if (contains(rectOf(oid)!, at)) found = oid;
    return found === null ? { kind: "pan" } : { kind: "move", oid: found };
  }

  function hold(oid: string): Rect | null {
    const rect = rectOf(oid);
    if (rect === undefined) return null;
    const { x, y, width, height } = rect;
    if (held !== null && held.oid !== oid) settle();
    held ??= { oid, rect: { x, y, width, height }, from: { x, y, width, height }, dragging: false };
    return held.rect;
  }

  /** Tells where the held morph came to rest. */
  function settle(): void {
    clearTimeout(settleTimer);
    if (held === null) return;
    const { oid, rect, from } = held;
    held = null;
    invalidate();
    const same = rect.x === from.x && rect.y === from.y && rect.width === from.width &&
      rect.height === from.height;
    if (!same && morphs.has(oid)) events.onMove(oid, rect);
  }

  function change(rect: Rect, dx: number, dy: number, kind: "move" | "resize"): Rect {
    if (kind === "move") {
      const bound = (value: number) => clamp(Math.round(value), -COORDINATE_MAX, COORDINATE_MAX);
      return { ...rect, x: bound(rect.x + dx), y: bound(rect.y + dy) };
    }
    const width = clamp(Math.round(rect.width + dx), MORPH_WIDTH_MIN, MORPH_WIDTH_MAX);
    const height = clamp(Math.round(rect.height + dy), MORPH_HEIGHT_MIN, MORPH_HEIGHT_MAX);
    return { ...rect, width, height };
  }

  const stopGestures = listenToGestures(host, {
    gripAt,
    onPress(grip) {
      clearTimeout(revealTimer);
      view.stop();
      if (grip.kind === "pan") return;
      settle();
      if (grip.oid !== selected) events.onSelect(grip.oid);
    },
    onPan: (dx, dy) => view.panBy(dx, dy),
    onZoom: (at, factor) => view.zoomAt(at, factor),
    onDrag(grip, dx, dy) {
      if (grip.kind === "pan" || readOnly || hold(grip.oid) === null) return;
      const { scale } = view.viewport;
      held = { ...held!, rect: change(held!.from, dx / scale, dy / scale, grip.kind), dragging: true };
      invalidate();
    },
    onDrop(grip, moved) {
      if (grip.kind === "pan") return moved ? undefined : events.onSelect(null);
      settle();
      // A panel may have opened over it. Not at once: a second click is to find it where the first one did.
      if (!moved) revealTimer = setTimeout(() => reveal(grip.oid, { readable: false }), DOUBLE_CLICK_MS);
    },
    onCancel(grip) {
      if (grip.kind === "pan") return;
      held = null;
      invalidate();
    },
    onDoubleClick: (grip) => grip.kind === "pan" ? undefined : events.onOpen(grip.oid),
  });

  function nudge(dx: number, dy: number, kind: "move" | "resize"): void {
    if (readOnly || selected === null || hold(selected) === null) {
      if (kind === "move") view.panBy(-dx * 5, -dy * 5);
      return;
    }
    held = { ...held!, rect: change(held!.rect, dx, dy, kind) };
    clearTimeout(settleTimer);
    settleTimer = setTimeout(settle, NUDGE_SETTLE_MS);
    invalidate();
  }

  function step(by: 1 | -1): void {
    const oids = [...morphs.values()].sort((a, b) => a.y - b.y || a.x - b.x).map(({ oid }) => oid);
    if (oids.length === 0) return;
    const at = selected === null ? (by === 1 ? -1 : 0) : oids.indexOf(selected);
    choose(oids.at((at + by) % oids.length)!);
  }

  function reveal(oid: string, options: { readonly readable: boolean }): void {
    const rect = rectOf(oid);
    if (rect !== undefined) view.reveal(rect, options);
  }

  function choose(oid: string): void {
    events.onSelect(oid);
    renderer.reveal(oid);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.target !== host) return;
    const intent = keyIntent(event);
    // With nothing selected there is nothing to deselect: the window may have a use for the key.
    if (intent === null || (intent.kind === "deselect" && selected === null)) return;
    event.preventDefault();
    switch (intent.kind) {
      case "zoom":
        return renderer.zoom(intent.step);
      case "nudge":
        return nudge(intent.dx, intent.dy, "move");
      case "resize":
        return nudge(intent.dx, intent.dy, "resize");
      case "step":
        return step(intent.by);
      case "go": {
        const sight = visibleRect(view.viewport, view.size);
        const from = (selected === null ? undefined : rectOf(selected)) ?? sight;
        const next = neighbor(
          from,
          [...morphs.values()].filter(({ oid }) => oid !== selected),
          intent.direction,
        );
        return next === null ? undefined : choose(next.oid);
      }
      case "deselect":
        return events.onSelect(null);
      case "open":
        return selected === null || event.repeat ? undefined : events.onOpen(selected);
      case "delete":
        return selected === null || event.repeat ? undefined : events.onDelete(selected);
    }
  }
  host.addEventListener("keydown", onKey);
  host.addEventListener("blur", settle);
  const resize = new ResizeObserver(() => {
    view.measure();
    backdrop.resize(view.size, devicePixelRatio);
    if (!fitted) fitOnce();
    draw();
  });
  resize.observe(host);

  /** The first sight of an image shows all of it. */
  function fitOnce(): void {
    if (morphs.size === 0 || view.isEmpty) return;
    fitted = true;
    view.fit(morphs.values(), { smooth: false });
  }

  const renderer: MorphRenderer = {
    setMorphs(next) {
      morphs = next;
      covered = null;
      if (held !== null && !morphs.has(held.oid)) held = null;
      if (!fitted) fitOnce();
      invalidate();
    },
    setLinks(next) {
      links = next;
      invalidate();
    },
    select(oid) {
      if (held !== null && held.oid !== oid) settle();
      selected = oid;
      invalidate();
    },
    zoom: (step) => step === "fit" ? view.fit(morphs.values()) : view.step(step),
    reveal: (oid, { readable = true } = {}) => reveal(oid, { readable }),
    setReadOnly(value) {
      if (value) settle();
      readOnly = value;
    },
    setInsets: (insets) => view.setInsets(insets),
    refreshTheme() {
      theme = readTheme(host);
      invalidate();
    },
    focus: () => host.focus({ preventScroll: true }),
    destroy() {
      settle();
      clearTimeout(revealTimer);
      stopGestures();
      view.stop();
      resize.disconnect();
      cancelAnimationFrame(frame);
      host.removeEventListener("keydown", onKey);
      host.removeEventListener("blur", settle);
      host.replaceChildren();
    },
  };
  return renderer;
}
