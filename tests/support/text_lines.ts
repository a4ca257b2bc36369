/** Splits a stream of bytes into lines of text. */
export class TextLineStream extends TransformStream<Uint8Array<ArrayBuffer>, string> {
  constructor() {
    const decoder = new TextDecoder();
    let open = "";
    super({
      transform(chunk, controller) {
        open += decoder.decode(chunk, { stream: true });
        const lines = open.split("\n");
        open = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        open += decoder.decode();
        if (open !== "") controller.enqueue(open);
      },
    });
  }
}
