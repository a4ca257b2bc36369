/**
 * What a caller of the living image may catch. Each error says what was attempted, what must hold and what is,
 * carries its data, and tells whether trying again can help.
 */

export interface ImageErrorOptions {
  /** What the person can do about it. */
  readonly hint: string;
  readonly retryable?: boolean;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** The base of every error of `actors/`; `code` is stable, the message is for people. */
export class ImageError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, options: ImageErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** No object has this name or oid; `when` says at which point of the past. */
export class NotFoundError extends ImageError {
  constructor(given: string, what = "object", when = "") {
    const name = given.length > 200 ? `${given.slice(0, 200).toWellFormed()}…` : given;
    super("not_found", `There is no ${what} "${name}"${when === "" ? "" : ` as of ${when}`}`, {
      hint: "Check the spelling; names and oids are both accepted.",
      details: { name, what },
    });
  }
}

/** A point of the past at which there was no image yet. */
export class BeforeBeginningError extends ImageError {
  constructor(point: string, beginsAt: number) {
    const begin = new Date(beginsAt).toISOString();
    super("beyond_horizon", `Cannot read the image as of ${point} as it begins at ${begin}`, {
      hint: "Ask for then or later; digits alone are milliseconds since 1970, a date is written 2026-11-27.",
      details: { point, begin },
    });
  }
}

/** A name that is taken, too long, empty or shaped like an oid. */
export class NameError extends ImageError {
  constructor(name: string, reason: string, code: "name_taken" | "name_invalid", oid?: string) {
    super(code, `Cannot use the name "${name}" as ${reason}`, {
      hint: code === "name_taken"
        ? "Choose another name, or rename the object that has it."
        : "Choose another.",
      details: { name, ...(oid === undefined ? {} : { oid }) },
    });
  }
}

const WHAT_A_SLOT_HOLDS =
  'A slot holds JSON, a reference {"$ref": name}, a method {"$method": source} or a native {"$native": name}.';

interface SlotErrorOptions {
  readonly hint?: string;
  readonly code?: "slot_invalid" | "slot_name_invalid";
  readonly [detail: string]: unknown;
}

/** A slot name (`slot_name_invalid`) or a slot value that cannot be stored. */
export class SlotError extends ImageError {
  constructor(
    slot: string,
    reason: string,
    { hint = WHAT_A_SLOT_HOLDS, code = "slot_invalid", ...details }: SlotErrorOptions = {},
  ) {
    super(code, `Cannot set slot "${slot}" as ${reason}`, {
      hint,
      details: { slot, ...details },
    });
  }
}

/** A slot that was to be removed and is not the object's own; `holder` is who it is inherited from. */
export class OwnSlotError extends ImageError {
  constructor(
    slot: string,
    object: string,
    { holder, nearest }: { readonly holder: string | null; readonly nearest: readonly string[] },
  ) {
    const inherited = holder === null ? "" : `: it is inherited from "${holder}"`;
    const near = nearest.length === 0 ? "It has none of a similar name." : `It has ${nearest.join(", ")}.`;
    super("not_found", `"${object}" has no slot "${slot}" of its own${inherited}`, {
      hint: holder === null ? near : `Remove it from "${holder}", or set one of its own, which goes before.`,
      details: { name: slot, what: "slot", object, holder, nearest },
    });
  }
}

/** A delegation graph that would have a cycle or a chain beyond the limit. */
export class DelegationError extends ImageError {
  constructor(
    code: "parent_cycle" | "chain_too_deep" | "too_many_parents",
    message: string,
    chain: string[],
  ) {
    super(code, message, { hint: "Choose other parents; nothing was changed.", details: { chain } });
  }
}

/** Nobody along the chain has a slot for this selector. */
export class NotUnderstoodError extends ImageError {
  readonly receiver: string;
  readonly selector: string;
  readonly searched: readonly string[];
  readonly nearest: readonly string[];

  /** `note` says why no method could be made. */
  constructor(
    receiver: string,
    selector: string,
    searched: readonly string[],
    nearest: readonly string[],
    note = "",
  ) {
    const hint = nearest.length > 0
      ? `The nearest that exist: ${nearest.join(", ")}.`
      : "No object along its chain has a method or a slot with a similar name.";
    super(
      "not_understood",
      `"${receiver}" does not understand "${selector}": searched ${searched.map((s) => `"${s}"`).join(", ")}`,
      {
        hint: note === "" ? hint : `${hint} ${note}`,
        details: { receiver, selector, searched, nearest },
      },
    );
    this.receiver = receiver;
    this.selector = selector;
    this.searched = searched;
    this.nearest = nearest;
  }
}

/** The object is no longer at the position the caller expected. */
export class StaleError extends ImageError {
  constructor(object: string, expected: string, current: string | null) {
    super("stale", `"${object}" was expected at ${expected} and is at ${current ?? "no position"}`, {
      hint: "Read it again, look at what changed, and repeat the change.",
      details: { object, expected, current },
    });
  }
}

/** A deletion that would take along what the image itself lives by. */
export class ProtectedError extends ImageError {
  /** @param count of the objects that a cascade would take; null where none was asked for */
  constructor(object: string, names: readonly string[], count: number | null) {
    super(
      "protected",
      count === null
        ? `Cannot delete "${object}" as others delegate to it and the image lives by it`
        : `Cannot delete "${object}" with all ${count} objects below it as that takes ${
          names.join(", ")
        }, by which the image lives`,
      {
        hint:
          "Delete what is below it instead, or give cascade and force if it is meant: undo brings everything back.",
        details: { object, names, count },
      },
    );
  }
}

/** Others delegate to the object that was to be deleted. */
export class HasChildrenError extends ImageError {
  constructor(object: string, children: readonly string[], more: boolean) {
    const who = children.length === 1 && !more
      ? "1 object has"
      : `${children.length}${more ? " or more" : ""} objects have`;
    super(
      "has_children",
      `Cannot delete "${object}" as ${who} it as parent`,
      {
        hint: "Delete or re-parent them first, or delete with cascade.",
        details: { object, children, more },
      },
    );
  }
}

/** The object's stored form does not validate: it is kept as it is, and takes no messages. */
export class QuarantinedError extends ImageError {
  constructor(object: string, reason: string) {
    super("quarantined", `"${object}" is quarantined: ${reason}`, {
      hint: "Its bytes are intact. Undo the change that damaged it, or restore a backup.",
      details: { object, reason },
    });
  }
}

/** A thought that an undo would lose. */
export interface LaterChange {
  readonly position: string;
  readonly why: string;
  readonly who: string;
  readonly at: number;
  readonly objects: readonly string[];
}

/** Later changes that a refused undo names. */
const LATER_NAMED_MAX = 100;

/** An undo or redo that would lose later changes, or has nothing to act on. */
export class UndoError extends ImageError {
  constructor(
    code: "undo_refused" | "nothing_to_undo" | "nothing_to_redo",
    message: string,
    later: readonly LaterChange[] = [],
  ) {
    const nothing = code === "nothing_to_redo"
      ? "Only what was undone can be done again."
      : "There is nothing left to go back to.";
    super(code, message, {
      hint: later.length > 0 ? "Undo the later changes first." : nothing,
      details: { later: later.slice(0, LATER_NAMED_MAX), count: later.length },
    });
  }
}

/** What both an image and its fork changed differently; nothing was written. */
export class MergeError extends ImageError {
  constructor(
    conflicts: readonly { readonly oid: string; readonly name: string | null; readonly field: string }[],
  ) {
    const [first] = conflicts;
    const more = conflicts.length - 1;
    super(
      "merge_conflict",
      `Cannot merge the fork as ${conflicts.length} conflict${
        more === 0 ? " has" : "s have"
      } to be decided: ` +
        `"${first?.name ?? first?.oid}" ${first?.field}${more === 0 ? "" : ` and ${more} more`}`,
      {
        hint: "Choose ours or theirs for each, or for all; nothing was written.",
        details: { conflicts: conflicts.slice(0, CONFLICTS_NAMED_MAX), count: conflicts.length },
      },
    );
  }

  static tooMany(limit: number): ImageError {
    return new ImageError("too_large", `Cannot merge more than ${limit} objects at once`, {
      hint: "Name the objects that are to be merged.",
      details: { limit },
    });
  }
}

/** Conflicts that a refused merge lists. */
const CONFLICTS_NAMED_MAX = 200;

/** Long work that ended before its time as somebody wanted it to, or the image was closed. */
export class StoppedError extends ImageError {
  constructor(what: string, reason: string) {
    const left = what === "prune"
      ? "What is pruned stays so, and everything from the horizon on reads as it was; pruning again goes on with it."
      : "Nothing of it is left.";
    super("stopped", `The ${what} was stopped as ${reason}`, {
      hint: left,
      retryable: true,
      details: { what },
    });
  }
}

/** A part that is needed is not there, or not there yet. */
export class UnavailableError extends ImageError {
  constructor(part: string, reason: string, hint: string, details: Record<string, unknown> = {}) {
    super("not_ready", `${part} is not available: ${reason}`, {
      hint,
      retryable: true,
      details: { part, ...details },
    });
  }
}

/** A message or a command with arguments that cannot work. */
export class ArgumentError extends ImageError {
  constructor(message: string, hint: string, details: Record<string, unknown> = {}) {
    super("invalid_argument", message, { hint, details });
  }
}
