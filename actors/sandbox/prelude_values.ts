/**
 * Values at the border inside QuickJS: JSON to what a program holds, and back to bounded JSON text. Handed over as
 * text with the prelude, so it closes over nothing and imports nothing but types, and keeps its own copies of the
 * built-ins that it uses.
 */
import type { Json } from "../object/mod.ts";

export interface ValueBorder {
  /** The oid when the value is an object of the image. */
  oidOf(value: object): string | null;
  handleOf(oid: string): unknown;
  stop(limit: string): never;
}

export interface Values {
  /** JSON to a program's value: a fresh copy each time, references as handles. */
  decode(value: Json): unknown;
  /** A program's value to JSON text. @throws {TypeError} naming `what` for anything that is not data */
  encode(value: unknown, what: string, lengthMax: number, depthMax: number): string;
  /** Writes an own property whatever setters a prototype has. */
  define(target: object, key: string | number, value: unknown): void;
  /** Text of an error that a program threw, which may be anything. */
  textOf(error: unknown, key: "name" | "message" | "stack"): string;
}

export function preludeValues(border: ValueBorder): Values {
  const { stringify } = JSON;
  const { getOwnPropertyDescriptor } = Reflect;
  const { defineProperty, getPrototypeOf, keys } = Object;
  const objectPrototype = Object.prototype;
  const { isArray } = Array;
  const { isFinite } = Number;
  const makeString = String;
  const makeTypeError = TypeError;
  const sliceText = Function.prototype.call.bind(String.prototype.slice) as (
    text: string,
    from: number,
    to: number,
  ) => string;
  interface Path {
    readonly of: object;
    readonly up: Path | null;
  }

  const define = (target: object, key: string | number, value: unknown): void => {
    defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  };

  const decode = (value: Json): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (isArray(value)) {
      const copy: unknown[] = [];
      for (let n = 0; n < value.length; n++) define(copy, n, decode(value[n]!));
      return copy;
    }
    const names = keys(value);
    if (names.length === 1 && names[0] === "$ref" && typeof value["$ref"] === "string") {
      return border.handleOf(value["$ref"]);
    }
    const copy = {};
    for (let n = 0; n < names.length; n++) define(copy, names[n]!, decode(value[names[n]!]!));
    return copy;
  };

  const encode = (value: unknown, what: string, lengthMax: number, depthMax: number): string => {
    let length = 0;
    const piece = (text: string): string => {
      length += text.length;
      if (length > lengthMax) border.stop("outputBytes");
      return text;
    };
    const refuse = (reason: string): never => {
      throw new makeTypeError(`${what} cannot be kept: ${reason}`);
    };
    const object = (item: object, depth: number, path: Path | null): string => {
      const oid = border.oidOf(item);
      if (oid !== null) return piece(`{"$ref":${stringify(oid)}}`);
      for (let up = path; up !== null; up = up.up) if (up.of === item) refuse("it contains itself");
      if (depth >= depthMax) refuse(`it is nested more than ${depthMax} deep`);
      const inner = { of: item, up: path };
      let text = "";
      if (isArray(item)) {
        for (let n = 0; n < item.length; n++) {
          text += (n === 0 ? "" : piece(",")) + walk(item[n], depth + 1, inner);
        }
        return piece("[") + text + piece("]");
      }
      const prototype = getPrototypeOf(item);
      if (prototype !== null && prototype !== objectPrototype) {
        refuse(
          "only plain objects, arrays, texts, numbers, true, false, null and objects of the image are data",
        );
      }
      const names = keys(item);
      for (let n = 0; n < names.length; n++) {
        const name = names[n]!;
        if (name[0] === "$") {
          refuse(`the key "${name}" begins with $, which is the image's own; hand over the object itself`);
        }
        const inside = (item as Record<string, unknown>)[name];
        if (inside === undefined) continue;
        text += (text === "" ? "" : piece(",")) + piece(stringify(name) + ":") +
          walk(inside, depth + 1, inner);
      }
      return piece("{") + text + piece("}");
    };
    const walk = (item: unknown, depth: number, path: Path | null): string => {
      if (item === null || item === undefined) return piece("null");
      if (typeof item === "string") return piece(stringify(item));
      if (typeof item === "boolean") return piece(item ? "true" : "false");
      if (typeof item === "number") {
        if (isFinite(item)) return piece(stringify(item));
        return refuse(`${makeString(item)} is not a number that JSON can hold`);
      }
      if (typeof item === "object") return object(item, depth, path);
      return refuse(`a ${typeof item} is not data`);
    };
    return walk(value, 0, null);
  };

  const textOf = (error: unknown, key: "name" | "message" | "stack"): string => {
    try {
      if (typeof error !== "object" || error === null) {
        if (key === "stack") return "";
        return key === "name" ? "Thrown" : sliceText(makeString(error), 0, 8_192);
      }
      const value = key === "stack"
        ? getOwnPropertyDescriptor(error, "stack")?.value
        : (error as Record<string, unknown>)[key];
      return typeof value === "string" ? sliceText(value, 0, 8_192) : "";
    } catch {
      // The program threw something whose own text throws: there is none.
      return "";
    }
  };

  return { decode, encode, define, textOf };
}
