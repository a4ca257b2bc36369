/** `telos send`, `inspect`, `set`, `clone` and `extend`: what is done to objects. */
import type { CommandInput, ObjectView, WireValue } from "../../protocol.ts";
import type { Door } from "../../door/mod.ts";
import { pointInTime, valueOf } from "../arguments.ts";
import { CliError } from "../cli_error.ts";
import type { CliContext, Define } from "../context.ts";
import { METHOD_BYTES_MAX } from "../limits.ts";
import { readText } from "../read_text.ts";
import { sendWatched } from "../send_door.ts";

export const defineSend: Define = (program, run) => {
  program.command("send")
    .description("send a message to an object and print its answer")
    .argument("<receiver>", "a name or an oid")
    .argument("<selector>", "the message")
    .argument("[arguments...]", 'each JSON, else taken as a text; {"$ref": "name"} is an object')
    .option("--json", "print {position, result}")
    .addHelpText(
      "after",
      "\nOne that nobody understands has a method made for it first; Ctrl-C gives that up.\n" +
        '\nExample:\n  telos send counter add 5\n  telos send list append \'{"$ref":"lamp"}\'',
    )
    .action(run(async (context, [receiver = "", selector = "", ...rest]) => {
      const command = { command: "SEND" as const, receiver, selector, arguments: rest.map(valueOf) };
      await context.withConnection(async (connection) => {
        const answer = await sendWatched(context, connection, command);
        const words = context.json ? "" : await inWords(connection.door, answer.result as WireValue);
        context.show(answer, () => words);
      });
    }));
};

/** A value as a person reads it; a proposal says that it is one, and what may be done with it. */
async function inWords(door: Door, value: WireValue | undefined): Promise<string> {
  const oid = typeof value === "object" && value !== null && "$ref" in value ? value.$ref : null;
  if (typeof oid !== "string") return plain(value);
  const proposal = (await door.proposals()).find((each) => each.oid === oid);
  if (proposal === undefined) return plain(value);
  const { name, selector, receiver_name, receiver } = proposal;
  const label = name ?? oid;
  return `Nobody understood ${selector}, so a method for ${
    receiver_name ?? receiver
  } was made and waits for a yes: ` +
    `${label} (${oid}).\nSee it with: telos proposals\nThen: telos approve '${label}', or telos reject '${label}'`;
}

export const defineInspect: Define = (program, run) => {
  program.command("inspect")
    .description("show an object: its slots, methods and parents")
    .argument("<name>", "a name or an oid")
    .option(
      "--as-of <point>",
      "as it was then: at a position, or a time such as 2026-11-27T10:00Z",
      pointInTime("--as-of"),
    )
    .option("--json", "print {oid, name, parents, slots, methods, versionstamp, …}")
    .addHelpText("after", "\nExample:\n  telos inspect --json genesis")
    .action(run(async (context, [name = ""], options) => {
      const asOf = typeof options.asOf === "string" ? { asOf: options.asOf } : {};
      context.show(await context.withDoor((door) => door.object(name, asOf)), describeObject);
    }));
};

export const defineSet: Define = (program, run) => {
  program.command("set")
    .description("write a slot, or a method with --method")
    .argument("<name>", "a name or an oid")
    .argument("<slot>", "the slot; parent* names the parents")
    .argument("[value]", 'JSON, else taken as a text; {"$ref": "name"} is an object')
    .option("--method <file>", "write a method from this file of JavaScript; - reads standard input")
    .option("--doc <text>", "one line about the method")
    .option("--remove", "take the slot away")
    .option("--expected <position>", "only if the object is still at this position")
    .option("--json", "print {position, result}")
    .addHelpText(
      "after",
      "\nExample:\n  telos set lamp watts 40\n  telos set lamp label '\"40\"'      (a text that would be JSON)\n" +
        "  telos set lamp brighten --method brighten.js",
    )
    .action(run(async (context, [object = "", slot = "", value], options) => {
      const expected = typeof options.expected === "string" ? { expected: options.expected } : {};
      const command: CommandInput = options.remove === true
        ? { command: "REMOVE_SLOT", object, slot, ...expected }
        : { command: "SET_SLOT", object, slot, value: await slotValue(context, value, options), ...expected };
      if (options.remove === true && (value !== undefined || options.method !== undefined)) {
        throw oneOf();
      }
      context.show(await context.command(command), ({ result }) => describeObject(result as ObjectView));
    }));
};

async function slotValue(
  context: CliContext,
  value: string | undefined,
  options: Record<string, unknown>,
): Promise<WireValue> {
  const file = options.method;
  if ((value === undefined) === (typeof file !== "string")) throw oneOf();
  if (typeof file !== "string") return valueOf(value ?? "");
  const source = await readText({ from: file, bytesMax: METHOD_BYTES_MAX }, context.environment);
  return { $method: source, ...(typeof options.doc === "string" ? { doc: options.doc } : {}) };
}

function oneOf(): CliError {
  return new CliError("wrong_use", "set takes exactly one of VALUE, --method FILE and --remove", {
    hint: "telos set --help has examples.",
  });
}

/** CLONE and EXTEND differ in what the new object holds, not in how they are asked for. */
function defineMake(word: "clone" | "extend", description: string): Define {
  return (program, run) => {
    program.command(word)
      .description(description)
      .argument("<name>", "the prototype: a name or an oid")
      .option("--name <name>", "what to call it; default: the prototype's name with a number")
      .option("--json", "print {position, result}")
      .addHelpText("after", `\nExample:\n  telos ${word} lamp --name "desk lamp"`)
      .action(run(async (context, [object = ""], options) => {
        const name = typeof options.name === "string" ? { name: options.name } : {};
        const command = word === "clone" ? "CLONE" as const : "EXTEND" as const;
        const answer = await context.command({ command, object, ...name });
        context.show(answer, ({ result }) => describeObject(result as ObjectView));
      }));
  };
}

export const defineClone = defineMake("clone", "copy an object with its slots");
export const defineExtend = defineMake("extend", "make an empty object that delegates to this one");

function plain(value: WireValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "null";
}

function describeObject(object: ObjectView): string {
  const lines = [`${object.name ?? "(no name)"}  ${object.oid}`];
  if (object.state === "quarantined") lines.push(`  quarantined: ${object.reason ?? "no reason given"}`);
  lines.push(`  position  ${object.position ?? "none"}`);
  lines.push(`  chain     ${object.chain.map(({ name, oid }) => name ?? oid).join(" → ")}`);
  for (const [slot, value] of Object.entries(object.slots)) {
    lines.push(`  ${slot} = ${JSON.stringify(value)}`);
  }
  for (const [selector, method] of Object.entries(object.methods)) {
    const what = method.kind === "native" ? `native ${method.native ?? ""}` : "method";
    lines.push(`  ${selector}()  ${what}${method.doc === undefined ? "" : `: ${method.doc}`}`);
  }
  return lines.join("\n");
}
