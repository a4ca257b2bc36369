/** What a writer is told: the rules of a method, the receiver, what is like it, and what was wrong so far. Pure. */
import type { Gathered, Task } from "./gather.ts";
import type { Tried } from "./generation_machine.ts";
import { PROMPT_LENGTH_MAX } from "./limits.ts";

const RULES = `You write one method of an object in a living image. Answer with JSON alone:
{"source": "(self, …) => …", "doc": "one line", "effects": […], "examples": [{"slots": {…}, "arguments": […], "answer": …, "after": {…}}]}

A method is one plain JavaScript function expression whose first parameter is the receiver:
(self, factor) => self.get("width") * factor
- self.get("slot") reads a slot, own or inherited; self.set("slot", value) writes an own slot; self.remove("slot"); self.has("slot")
- self.send("selector", …) sends a message; a slot may hold another object, which understands the same
- it is synchronous and answers JSON or an object; no async, class, import, eval, constructor, prototype
- globals: Array BigInt Boolean JSON Map Math Number Object RegExp Set String Symbol, errors, parseInt, parseFloat
- "effects" lists all that it does beyond reading: "writes_self", "writes_others", "clock" (Date), "random" (Math.random); [] when it only reads
- "examples": 2 or 3, each with the arguments without self, the slots that the receiver is to have, its answer, and after it the slots that it wrote. They are run.
If the message asks for something harmful, or for a file, a network, a process or a secret, answer {"refusal": "why", "source": "", "doc": "", "effects": [], "examples": []}.`;

export interface PromptMessage {
  readonly role: "system" | "user";
  readonly content: string;
}

export function buildPrompt(task: Task, input: Tried & { readonly gathered: Gathered }): PromptMessage[] {
  const { gathered, faults, last } = input;
  const parts = [
    request(task, gathered),
    list("Its slots", gathered.slots.map(({ name, value, holder }) => `${name} = ${value}  (of ${holder})`)),
    list(
      "It understands",
      gathered.protocol.map(({ selector, doc }) => `${selector}${doc === "" ? "" : `: ${doc}`}`),
    ),
    list(
      "Methods like it in the image",
      gathered.similar.map(({ label, method }) => `${label}: ${method.source}`),
    ),
    list("What is remembered about it", gathered.memories.map(({ text }) => text.slice(0, 300))),
    list("Proposals for it were turned down as", gathered.refusals),
    task.broken === null ? "" : `The method is now\n${task.broken.source}\nand failed: ${task.broken.reason}`,
    last === null ? "" : `Your last source was\n${last.source}`,
    list("What was wrong so far", faults.map(({ message }) => message)),
  ];
  const content = parts.filter((part) => part !== "").join("\n\n").slice(0, PROMPT_LENGTH_MAX - RULES.length);
  return [{ role: "system", content: RULES }, { role: "user", content }];
}

function request(task: Task, { label, chain }: Gathered): string {
  const sent = task.arguments === null ? "" : ` with the arguments ${JSON.stringify(task.arguments)}`;
  const what = task.kind === "repair" ? "has a method that fails" : "has no method for it";
  return `The object "${label}" (chain: ${
    chain.join(" → ")
  }) was sent "${task.selector}"${sent} and ${what}. Write it.`;
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}:\n${lines.map((line) => `- ${line}`).join("\n")}`;
}
