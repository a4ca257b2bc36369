/**
 * The elements of a JSON array that is too large to be parsed at once, each as its text, as the characters come in. A
 * broken element does not hide the next ones, as long as its brackets and quotes are closed. Pure.
 */

export interface Element {
  /** From 0. */
  readonly index: number;
  readonly text: string;
}

/** What is wrong with the array itself; `offset` counts characters. */
export class JsonArrayError extends Error {
  constructor(readonly offset: number, readonly index: number, reason: string) {
    super(`${reason}, at character ${offset}`);
    this.name = "JsonArrayError";
  }
}

const SPACE = /\s/;

/** @throws {JsonArrayError} for what is no array, ends before its end, or has an element over the bound */
export async function* jsonArrayElements(
  chunks: AsyncIterable<string>,
  charactersMax: number,
): AsyncGenerator<Element> {
  const scanner = new Scanner(charactersMax);
  for await (const chunk of chunks) yield* scanner.take(chunk);
  scanner.end();
}

class Scanner {
  readonly #charactersMax: number;
  #state: "before" | "between" | "element" | "after" = "before";
  #offset = 0;
  #index = 0;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #parts: string[] = [];
  #length = 0;

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  *take(chunk: string): Generator<Element> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const sign = chunk[at]!;
      if (this.#state !== "element") {
        if (SPACE.test(sign) || (this.#offset + at === 0 && sign === "\ufeff")) continue;
        this.#step(sign, this.#offset + at);
        from = at;
      } else if (this.#ends(sign)) {
        this.#keep(chunk.slice(from, at), this.#offset + at);
        yield this.#element();
        this.#state = sign === "]" ? "after" : "between";
      }
    }
    if (this.#state === "element") this.#keep(chunk.slice(from), this.#offset + chunk.length);
    this.#offset += chunk.length;
  }

  end(): void {
    if (this.#state === "after") return;
    const where = this.#state === "element" ? `within element ${this.#index}` : "before its end";
    throw new JsonArrayError(this.#offset, this.#index, `The list breaks off ${where}`);
  }

  /** Outside of elements: the opening, a new element, the end. */
  #step(sign: string, offset: number): void {
    if (this.#state === "before") {
      if (sign !== "[") throw new JsonArrayError(offset, 0, `A list was expected and "${sign}" found`);
      this.#state = "between";
    } else if (this.#state === "after") {
      throw new JsonArrayError(offset, this.#index, `"${sign}" stands after the list`);
    } else if (sign === "]") this.#state = "after";
    else {
      this.#state = "element";
      this.#depth = 0;
      this.#ends(sign);
    }
  }

  /** Takes a sign of an element; whether it stands behind it. */
  #ends(sign: string): boolean {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (sign === "\\") this.#escaped = true;
      else if (sign === '"') this.#inText = false;
      return false;
    }
    if (sign === '"') this.#inText = true;
    else if (sign === "{" || sign === "[") this.#depth++;
    else if (this.#depth === 0) return sign === "," || sign === "]";
    else if (sign === "}" || sign === "]") this.#depth--;
    return false;
  }

  #keep(part: string, offset: number): void {
    this.#length += part.length;
    if (this.#length > this.#charactersMax) {
      const reason = `Element ${this.#index} has more than ${this.#charactersMax} characters`;
      throw new JsonArrayError(offset, this.#index, reason);
    }
    this.#parts.push(part);
  }

  #element(): Element {
    const element = { index: this.#index++, text: this.#parts.join("") };
    this.#parts = [];
    this.#length = 0;
    return element;
  }
}
