/** `conversations.json` out of a ZIP archive that is read once from front to back, bounded, so that none can be a bomb. */
import { Unzip, UnzipInflate } from "fflate";
import { ConversationsError } from "../errors.ts";
import { ZIP_MEMBER_BYTES_MAX, ZIP_RATIO_FROM_BYTES, ZIP_RATIO_MAX } from "../limits.ts";

export interface ZipBounds {
  readonly memberBytesMax?: number;
  readonly ratioMax?: number;
  readonly ratioFromBytes?: number;
}

export interface ZipText {
  readonly member: string;
  readonly text: string;
}

const WANTED = /(?:^|\/)conversations(?:[-_]\d+)?\.json$/;

/**
 * The texts of its members called `conversations.json` or `conversations-000.json`, a piece at a time.
 * @throws {ConversationsError} for what is no ZIP archive, is damaged, unpacks to too much, or has no such member
 */
export async function* zippedConversations(
  chunks: AsyncIterable<Uint8Array>,
  bounds: ZipBounds = {},
): AsyncGenerator<ZipText> {
  const {
    memberBytesMax = ZIP_MEMBER_BYTES_MAX,
    ratioMax = ZIP_RATIO_MAX,
    ratioFromBytes = ZIP_RATIO_FROM_BYTES,
  } = bounds;
  const waiting: ZipText[] = [];
  let [packed, members, wanted] = [0, 0, 0];
  const unzip = new Unzip((file) => {
    members++;
    const isWanted = WANTED.test(file.name);
    if (isWanted) wanted++;
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let unpacked = 0;
    file.ondata = (error, data, final) => {
      if (error !== null) throw damaged(error, file.name);
      unpacked += data.length;
      if (unpacked > memberBytesMax || (unpacked > ratioFromBytes && unpacked > packed * ratioMax)) {
        throw tooMuch(file.name, unpacked);
      }
      if (isWanted) waiting.push({ member: file.name, text: decoder.decode(data, { stream: !final }) });
    };
    // What is not started is kept whole until it is: the others are unpacked too, and let go at once.
    file.start();
  });
  unzip.register(UnzipInflate);
  const push = (chunk: Uint8Array, final: boolean) => {
    try {
      unzip.push(chunk, final);
    } catch (error) {
      throw error instanceof ConversationsError ? error : damaged(error, "it");
    }
  };
  for await (const chunk of chunks) {
    packed += chunk.length;
    push(chunk, false);
    yield* waiting.splice(0);
  }
  push(new Uint8Array(), true);
  yield* waiting.splice(0);
  if (wanted === 0) {
    throw new ConversationsError(
      members === 0
        ? "Cannot import the file as it is no ZIP archive"
        : "Cannot import the ZIP archive as it has no conversations.json",
      { members },
    );
  }
}

function damaged(cause: unknown, member: string): ConversationsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConversationsError(`Cannot import the ZIP archive as ${member} is damaged: ${reason}`, {
    member,
  }, cause);
}

function tooMuch(member: string, bytes: number): ConversationsError {
  return new ConversationsError(
    `Cannot import the ZIP archive as ${member} unpacks to ${bytes} bytes or more, which is beyond its bounds`,
    { member, bytes },
  );
}
