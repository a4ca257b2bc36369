/**
 * One of those who change the image at the same time, over HTTP. It has objects and memories of its own, asks for one
 * operation after the other, and keeps what the image must hold: what was acknowledged, and the one operation that was
 * asked for and not answered, which was carried out as a whole or not at all.
 */
import { choose, type Random } from "./choose.ts";
import { applied, type Model, type Operation } from "./model.ts";

/** An operation that the server acknowledged. */
export interface Acknowledged {
  readonly position: string;
  readonly operation: Operation;
}

export interface Asked {
  readonly operation: Operation;
  readonly key: string | null;
}

/** The server answered, and refused what it should have carried out. */
export class RefusedError extends Error {
  constructor(readonly status: number, command: unknown, text: string) {
    super(`${JSON.stringify(command).slice(0, 200)} was refused with ${status}: ${text.slice(0, 400)}`);
    this.name = "RefusedError";
  }
}

/** Every third command is one that may be sent again without being carried out twice. */
const KEY_SHARE = 1 / 3;

export class Worker {
  readonly prefix: string;
  readonly acknowledged: Acknowledged[] = [];
  #model: Model;
  #inDoubt: Asked | null = null;
  #repeat: { readonly asked: Asked; readonly carriedOut: boolean } | null = null;
  #last: { readonly position: string; readonly before: Model } | null = null;
  #count = 0;
  readonly #random: Random;

  constructor(prefix: string, random: Random) {
    this.prefix = prefix;
    this.#random = random;
    const root = { parent: "square", slots: { width: 1, height: 1 }, place: null };
    this.#model = { objects: new Map([[this.root, root]]), memories: new Set() };
  }

  get root(): string {
    return `${this.prefix} root`;
  }

  /** What must be there. */
  get model(): Model {
    return this.#model;
  }

  /** What was asked for and not answered; null when everything was. */
  get inDoubt(): Asked | null {
    return this.#inDoubt;
  }

  /** Makes the worker's own root. */
  async prepare(url: string): Promise<void> {
    await post(url, { command: "EXTEND", object: "square", name: this.root });
    for (const slot of ["width", "height"]) {
      await post(url, { command: "SET_SLOT", object: this.root, slot, value: 1 });
    }
  }

  /** One operation, acknowledged or left in doubt. @throws {TypeError} when the server is gone */
  async step(url: string): Promise<void> {
    const operation = choose(this.#model, {
      random: this.#random,
      prefix: this.prefix,
      root: this.root,
      next: () => this.#count++,
      last: this.#last,
    });
    const key = this.#random() < KEY_SHARE ? `${this.prefix}-${this.#count++}` : null;
    await this.#ask(url, { operation, key });
  }

  /** The check has seen whether what was in doubt was carried out. */
  settle(carriedOut: boolean): void {
    const asked = this.#inDoubt;
    if (asked === null) return;
    if (carriedOut) this.#model = applied(this.#model, asked.operation);
    if (asked.key !== null) this.#repeat = { asked, carriedOut };
    this.#inDoubt = null;
    this.#last = null;
  }

  /**
   * Asks once more for what was in doubt, under its key, if it has one: what was carried out is answered and not carried
   * out again. @throws {TypeError} when the server is gone
   */
  async repeat(url: string): Promise<void> {
    if (this.#repeat === null) return;
    const { asked, carriedOut } = this.#repeat;
    this.#repeat = null;
    if (!carriedOut) return await this.#ask(url, asked);
    const position = await post(url, commandOf(asked.operation), asked.key);
    this.acknowledged.push({ position, operation: asked.operation });
  }

  async #ask(url: string, asked: Asked): Promise<void> {
    this.#inDoubt = asked;
    const position = await post(url, commandOf(asked.operation), asked.key);
    this.#inDoubt = null;
    const before = this.#model;
    this.#model = applied(before, asked.operation);
    this.#last = { position, before };
    this.acknowledged.push({ position, operation: asked.operation });
  }
}

/** The command of the contract that asks for an operation. */
function commandOf(operation: Operation): Record<string, unknown> {
  switch (operation.type) {
    case "extend":
      return { command: "EXTEND", object: operation.source, name: operation.name };
    case "clone":
      return { command: "CLONE", object: operation.source, name: operation.name };
    case "set":
      return { command: "SET_SLOT", object: operation.object, slot: operation.slot, value: operation.value };
    case "removeSlot":
      return { command: "REMOVE_SLOT", object: operation.object, slot: operation.slot };
    case "rename":
      return { command: "RENAME", object: operation.object, name: operation.name };
    case "reparent":
      return { command: "SET_SLOT", object: operation.object, slot: "parent*", value: [operation.parent] };
    case "scale":
      return {
        command: "SEND",
        receiver: operation.object,
        selector: "scale",
        arguments: [operation.factor],
      };
    case "delete":
      return { command: "DELETE", object: operation.object, cascade: true };
    case "move":
      return { command: "MOVE_MORPH", object: operation.object, x: operation.x, y: operation.y };
    case "remember":
      return operation.texts.length === 1
        ? { command: "REMEMBER", text: operation.texts[0] }
        : { command: "REMEMBER_MANY", memories: operation.texts.map((text) => ({ text })) };
    case "undo":
      return { command: "UNDO", position: operation.position };
  }
}

/** @returns the position of the answer. @throws {TypeError} when the connection is refused or cut */
export async function post(
  url: string,
  command: Record<string, unknown>,
  key: string | null = null,
): Promise<string> {
  return (await ask(url, command, key)).position;
}

export interface Answered {
  readonly position: string;
  readonly result: unknown;
}

/** As `post`, with the result. */
export async function ask(
  url: string,
  command: Record<string, unknown>,
  key: string | null = null,
): Promise<Answered> {
  const response = await fetch(`${url}/api/commands`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key === null ? {} : { "idempotency-key": key }) },
    body: JSON.stringify(command),
  });
  const text = await response.text();
  if (!response.ok) throw new RefusedError(response.status, command, text);
  return JSON.parse(text) as Answered;
}
