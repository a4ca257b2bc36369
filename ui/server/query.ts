/** What an address asks, checked: its parameters, the names in its path, the place in the stream. */
import type { Context } from "hono";
import { z } from "zod";
import { describeIssues, pathsOf } from "../door/mod.ts";
import { nameSchema, positionSchema } from "../protocol.ts";
import { ServerError } from "./server_error.ts";

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The query of a request. @throws {ServerError} `unknown_parameter`, `repeated_parameter`, `wrong_shape` */
export function asked<T extends object>(context: Context, schema: z.ZodType<T>): Present<T> {
  requireKnown(context, parametersOf(schema));
  const parsed = schema.safeParse(context.req.query(), { reportInput: true });
  if (!parsed.success) {
    throw new ServerError("wrong_shape", `Cannot answer this: ${describeIssues(parsed.error)}`, {
      hint: "Correct the named part of the query.",
      details: { paths: pathsOf(parsed.error) },
    });
  }
  return Object.fromEntries(
    Object.entries(parsed.data).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

/**
 * A parameter that is passed over would answer another question than the one that was meant, as would one of two.
 * @param repeatable those that may be given more than once
 * @throws {ServerError} `unknown_parameter`, `repeated_parameter`
 */
export function requireKnown(
  context: Context,
  known: readonly string[],
  repeatable: readonly string[] = [],
): void {
  requireOnce(context, repeatable);
  const unknown = Object.keys(context.req.query()).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, NAMED_MAX).map((name) => `"${name.slice(0, 100)}"`).join(", ");
  throw new ServerError("unknown_parameter", `Cannot answer this: ${named} is no parameter of it`, {
    hint: known.length === 0 ? "It has none." : `It has ${known.join(", ")}.`,
    details: { paths: unknown.slice(0, NAMED_MAX), known },
  });
}

function requireOnce(context: Context, repeatable: readonly string[]): void {
  const repeated = Object.entries(context.req.queries())
    .filter(([name, values]) => values.length > 1 && !repeatable.includes(name)).map(([name]) => name);
  if (repeated.length === 0) return;
  const named = repeated.slice(0, NAMED_MAX).map((name) => `"${name.slice(0, 100)}"`).join(", ");
  throw new ServerError("repeated_parameter", `Cannot answer this: ${named} is given more than once`, {
    hint: "Give it once.",
    details: { paths: repeated.slice(0, NAMED_MAX) },
  });
}

const NAMED_MAX = 5;

/** The names that a schema of a query takes. */
function parametersOf(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodPipe) return parametersOf(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(parametersOf);
  throw new TypeError("A query must be an object, or one of several");
}

/** A name in the path. @throws {ServerError} `wrong_shape` */
export function named(context: Context, parameter: string): string {
  const parsed = nameSchema.safeParse(context.req.param(parameter), { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ServerError("wrong_shape", `Cannot look up this name: ${describeIssues(parsed.error)}`, {
    hint: "Use a name or an oid.",
    details: { paths: [parameter] },
  });
}

/** A browser that joins again says where it was in a header, and still has the old address. */
export function positionAfter(context: Context): string | undefined {
  requireKnown(context, ["after"]);
  const given = context.req.header("last-event-id") || context.req.query("after") || undefined;
  if (given === undefined || positionSchema.safeParse(given).success) return given;
  throw new ServerError("wrong_shape", `Cannot go on after "${given.slice(0, 100)}": it is not a position`, {
    hint: "Use the id of an event, or leave it out to begin now.",
    details: { paths: ["after"] },
  });
}
