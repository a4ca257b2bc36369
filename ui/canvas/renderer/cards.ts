/** The near layer: morphs in sight as elements, made when they come into sight and taken away when they leave it. */
import type { Rect } from "../model/geometry.ts";
import type { Morph } from "../model/morphs.ts";
import type { Viewport } from "../model/viewport.ts";

/** What a card needs above its caption, and what a line of that takes. World units, as in the style sheet. */
const HEAD_HEIGHT = 63;
const LINE_HEIGHT = 17;

interface Card {
  readonly element: HTMLElement;
  morph: Morph;
  placed: string;
}

export const cardId = (oid: string) => `morph-${oid}`;

export class Cards {
  readonly element: HTMLElement;
  readonly #document: Document;
  readonly #cards = new Map<string, Card>();

  constructor(document: Document) {
    this.#document = document;
    this.element = document.createElement("div");
    this.element.className = "cards";
  }

  show(viewport: Viewport, morphs: readonly Morph[], rectOf: (oid: string) => Rect | undefined, state: {
    readonly selected: string | null;
    readonly dragging: string | null;
  }): void {
    this.element.hidden = false;
    this.element.style.transform = `translate(${viewport.x}px, ${viewport.y}px) scale(${viewport.scale})`;
    const seen = new Set<string>();
    for (const morph of morphs) {
      seen.add(morph.oid);
      let card = this.#cards.get(morph.oid);
      if (card === undefined || card.morph !== morph) {
        if (card !== undefined && !sameLooks(card.morph, morph)) {
          card.element.replaceChildren(...this.#inside(morph));
        }
        card ??= this.#make(morph);
        card.morph = morph;
        this.#describe(card.element, morph);
      }
      this.#place(card, rectOf(morph.oid)!);
      card.element.classList.toggle("selected", morph.oid === state.selected);
      card.element.classList.toggle("dragging", morph.oid === state.dragging);
    }
    for (const [oid, { element }] of this.#cards) {
      if (seen.has(oid)) continue;
      element.remove();
      this.#cards.delete(oid);
    }
  }

  hide(): void {
    this.element.hidden = true;
  }

  #place(card: Card, rect: Rect): void {
    const placed = `${rect.x} ${rect.y} ${rect.width} ${rect.height}`;
    if (card.placed === placed) return;
    card.placed = placed;
    const { style } = card.element;
    style.transform = `translate(${rect.x}px, ${rect.y}px)`;
    style.width = `${rect.width}px`;
    style.height = `${rect.height}px`;
    style.setProperty("--lines", String(Math.max(1, Math.floor((rect.height - HEAD_HEIGHT) / LINE_HEIGHT))));
  }

  #make(morph: Morph): Card {
    const element = this.#document.createElement("div");
    element.id = cardId(morph.oid);
    element.dataset["oid"] = morph.oid;
    element.setAttribute("role", "group");
    element.setAttribute("aria-roledescription", "morph");
    element.append(...this.#inside(morph));
    this.element.append(element);
    const card = { element, morph, placed: "" };
    this.#cards.set(morph.oid, card);
    return card;
  }

  #describe(element: HTMLElement, morph: Morph): void {
    const { kind, title, lineage, quarantined, prototype, named } = morph;
    element.className = `card kind-${kind}`;
    element.classList.toggle("quarantined", quarantined);
    element.classList.toggle("prototype", prototype);
    element.classList.toggle("unnamed", !named);
    const from = lineage === "" ? "" : `, delegates to ${lineage}`;
    element.setAttribute("aria-label", `${title}, ${kind}${from}${quarantined ? ", quarantined" : ""}`);
  }

  #inside(morph: Morph): HTMLElement[] {
    const part = (tag: string, className: string, text: string) => {
      const element = this.#document.createElement(tag);
      element.className = className;
      element.textContent = text;
      return element;
    };
    const mark = part(
      "span",
      "card-mark",
      morph.kind === "persona" ? morph.title.slice(0, 1).toUpperCase() : "",
    );
    mark.setAttribute("aria-hidden", "true");
    const head = part("div", "card-head", "");
    const names = part("div", "card-names", "");
    names.append(part("div", "card-title", morph.title));
    if (morph.lineage !== "") names.append(part("div", "card-lineage", morph.lineage));
    head.append(mark, names);
    const handle = part("span", "card-handle", "");
    handle.setAttribute("aria-hidden", "true");
    return [head, ...(morph.caption === "" ? [] : [part("div", "card-caption", morph.caption)]), handle];
  }
}

function sameLooks(a: Morph, b: Morph): boolean {
  return a.title === b.title && a.caption === b.caption && a.lineage === b.lineage && a.kind === b.kind;
}
