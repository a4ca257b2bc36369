/** Mail: each message of an mbox, or the one of a file, as a passage under its subject, in the thread that it answers. */
import PostalMime, { type Email } from "postal-mime";
import { timeOf } from "../exchange/importers/mod.ts";
import { htmlText } from "./html_text.ts";
import {
  MAIL_BYTES_MAX,
  MAIL_CHARACTERS_MAX,
  MAIL_DEPTH_MAX,
  MAIL_HEADER_BYTES_MAX,
  UNREADABLE_SHARE_MAX,
} from "./limits.ts";
import { mboxMessages } from "./mbox.ts";
import type { Found, SourceFile, Unit } from "./passage.ts";
import { joined } from "./text_units.ts";

export async function* mboxUnits(file: SourceFile): AsyncGenerator<Unit> {
  let number = 0;
  for await (const { offset, bytes } of mboxMessages(file.bytes())) {
    number++;
    yield unitOf(file, bytes, `${file.label}, message ${number} at byte ${offset}`);
  }
}

/** A file that is one message. */
export async function* messageUnits(file: SourceFile): AsyncGenerator<Unit> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file.bytes()) {
    size += chunk.length;
    if (size > MAIL_BYTES_MAX) parts = [];
    else parts.push(chunk);
  }
  yield unitOf(file, size > MAIL_BYTES_MAX ? null : joined(parts), file.label);
}

function unitOf(file: SourceFile, bytes: Uint8Array<ArrayBuffer> | null, place: string): Unit {
  const left = (reason: string): Found[] => [{ problem: { place, reason } }];
  if (bytes === null) return () => left(`the message has more than ${MAIL_BYTES_MAX} bytes, it was left out`);
  return async () => {
    let mail: Email;
    try {
      mail = await PostalMime.parse(bytes, {
        maxNestingDepth: MAIL_DEPTH_MAX,
        maxHeadersSize: MAIL_HEADER_BYTES_MAX,
      });
    } catch (error) {
      return left(`the message is malformed: ${error instanceof Error ? error.message : String(error)}`);
    }
    return found(file, mail, left);
  };
}

function found(file: SourceFile, mail: Email, left: (reason: string) => Found[]): Found[] {
  const plain = mail.text?.trim() ?? "";
  const whole = plain !== "" ? plain : htmlText(mail.html ?? "");
  const text = whole.slice(0, MAIL_CHARACTERS_MAX).replaceAll("\r", "").toWellFormed();
  if (mail.from === undefined && mail.subject === undefined && mail.date === undefined) {
    return left("the message has no sender, no subject and no date, it was left out");
  }
  if (text === "") return left("the message has no text");
  if (isUnreadable(text)) return left("the text of the message cannot be decoded, it was left out");
  const subject = mail.subject?.replace(/\s+/gu, " ").trim() ?? "";
  const passage = {
    text,
    headings: subject === "" ? [] : [subject],
    source: `${file.label} § ${subject === "" ? "a message without subject" : subject}`,
    thread: `mail:${threadOf(mail) ?? file.label}`,
    kind: "mail" as const,
    author: senderOf(mail),
    at: timeOf(mail.date) ?? file.changed,
  };
  const cut = whole.length > text.length && whole.length > MAIL_CHARACTERS_MAX;
  const rest = cut
    ? left(`the message has more than ${MAIL_CHARACTERS_MAX} characters, the rest was left out`)
    : [];
  return [{ passage }, ...rest];
}

/** The message that the conversation began with, as far as this one says. */
function threadOf({ references, inReplyTo, messageId }: Email): string | undefined {
  const first = /<([^<>\s]+)>/.exec(`${references ?? ""} ${inReplyTo ?? ""} ${messageId ?? ""}`)?.[1];
  return first?.slice(0, 180);
}

function senderOf({ from }: Email): string | undefined {
  if (from === undefined) return undefined;
  return (from.name || ("address" in from ? from.address : undefined))?.slice(0, 200) || undefined;
}

/** Signs that stand where bytes had no meaning, and controls that no text has. */
function isUnreadable(text: string): boolean {
  let odd = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd || (code < 32 && code !== 9 && code !== 10 && code !== 12)) odd++;
  }
  return odd > text.length * UNREADABLE_SHARE_MAX;
}
