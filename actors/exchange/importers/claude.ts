/** One conversation of a Claude export: messages in order under `chat_messages`, with the text of what was attached. Pure. */
import { z } from "zod";
import { type Item, itemsOf, timeOf } from "./item.ts";

const conversationForm = z.looseObject({
  uuid: z.string(),
  name: z.string().nullish(),
  created_at: z.string().nullish(),
  chat_messages: z.array(z.unknown()),
});
const messageForm = z.looseObject({
  uuid: z.string(),
  sender: z.string(),
  text: z.string().nullish(),
  created_at: z.string().nullish(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().nullish() })).nullish(),
  attachments: z.array(z.looseObject({
    file_name: z.string().nullish(),
    extracted_content: z.string().nullish(),
  })).nullish(),
});
type Message = z.infer<typeof messageForm>;

/** @param place where the conversation stands, such as `conversations[3]` */
export function* claudeItems(value: unknown, place: string): Generator<Item> {
  const parsed = conversationForm.safeParse(value);
  if (!parsed.success) {
    yield { problem: { place, reason: firstIssue(parsed.error) } };
    return;
  }
  const { uuid, name, created_at: created, chat_messages: messages } = parsed.data;
  let before = timeOf(created);
  for (const [index, message] of messages.entries()) {
    const read = messageForm.safeParse(message);
    if (!read.success) {
      yield { problem: { place: `${place}.chat_messages[${index}]`, reason: firstIssue(read.error) } };
      continue;
    }
    const at = timeOf(read.data.created_at) ?? (before === undefined ? undefined : before + 1);
    before = at;
    yield* itemsOf({
      identity: ["claude", uuid, read.data.uuid],
      text: textOf(read.data),
      source: `Claude: ${name || "a conversation"}`,
      thread: `claude:${uuid}`,
      author: read.data.sender,
      at,
    });
  }
}

function textOf({ text, content, attachments }: Message): string {
  const said = (content ?? []).flatMap((each) => each.type === "text" && each.text ? [each.text] : []);
  const words = said.length > 0 ? said : text ? [text] : [];
  const attached = (attachments ?? []).flatMap(({ file_name, extracted_content }) =>
    extracted_content ? [`${file_name ?? "attachment"}:\n${extracted_content}`] : []
  );
  return [...words, ...attached].join("\n\n");
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join(".") || "it"}: ${issue.message}`;
}
