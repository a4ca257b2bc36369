/**
 * A text that comes piece by piece. Each piece goes straight into a text node of the page: no signal, no rendering, no
 * layout is asked for on its way.
 */
import { stepOf } from "../model/answers.ts";

export class GrowingText {
  #text: string;
  #node: Text | null = null;
  #onGrow: (() => void) | null = null;

  constructor(text = "") {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  /** From now on pieces go into this node; `onGrow` is called after each. */
  attach(node: Text, onGrow: () => void): () => void {
    node.data = this.#text;
    this.#node = node;
    this.#onGrow = onGrow;
    return () => {
      if (this.#node !== node) return;
      this.#node = null;
      this.#onGrow = null;
    };
  }

  /** @returns false when something between is missing */
  take(offset: number, piece: string): boolean {
    const step = stepOf(this.#text.length, offset, piece);
    if (step.kind !== "append") return step.kind === "known";
    this.#text += step.text;
    this.#node?.appendData(step.text);
    this.#onGrow?.();
    return true;
  }

  replace(text: string): void {
    this.#text = text;
    if (this.#node !== null) this.#node.data = text;
    this.#onGrow?.();
  }
}
