/**
 * A language model of a few words, as real as any to what runs it: an ONNX network of one table, which says after each
 * word the next one of a sentence, over and over, with its tokenizer and its sums.
 */
import { join } from "node:path";

const WORDS = ["<unk>", "<end>", "the", "key", "lies", "in", "a", "drawer", "by", "our", "door", "and"];
const FIRST_OF_SENTENCE = 2;

/** What it says after "hello", which it does not know: the sentence, again and again. */
export const tinySentence = WORDS.slice(FIRST_OF_SENTENCE).join(" ");

/** Lays the model out in `folder`, below a models folder, and writes SHA256SUMS beside it. */
export async function writeTinyModel(folder: string): Promise<void> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    "config.json": json({
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: WORDS.length,
      hidden_size: 4,
      num_attention_heads: 1,
      num_key_value_heads: 1,
      num_hidden_layers: 1,
      max_position_embeddings: 4_096,
      eos_token_id: 1,
    }),
    "generation_config.json": json({ eos_token_id: 1, pad_token_id: 1 }),
    "tokenizer.json": json({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: WORDS.slice(0, 2).map((content, id) => ({ ...SPECIAL, id, content })),
      normalizer: null,
      pre_tokenizer: { type: "Whitespace" },
      post_processor: null,
      decoder: null,
      model: {
        type: "WordLevel",
        unk_token: "<unk>",
        vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
      },
    }),
    "tokenizer_config.json": json({
      tokenizer_class: "PreTrainedTokenizerFast",
      unk_token: "<unk>",
      eos_token: "<end>",
      pad_token: "<end>",
      model_max_length: 4_096,
      chat_template: "{% for message in messages %}{{ message.content }} {% endfor %}",
    }),
    "onnx/model_quantized.onnx": tableModel(),
  };
  const sums: string[] = [];
  for (const [path, bytes] of Object.entries(files)) {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeFile(join(folder, path), bytes);
    sums.push(`${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}  ${path}`);
  }
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), `${sums.join("\n")}\n`);
}

const SPECIAL = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** logits = table[input_ids] as an ONNX model, in protocol buffers. */
function tableModel(): Uint8Array<ArrayBuffer> {
  const size = WORDS.length;
  const table = new Float32Array(size * size);
  const sentence = size - FIRST_OF_SENTENCE;
  for (let word = 0; word < size; word++) {
    const at = word < FIRST_OF_SENTENCE ? 0 : (word - FIRST_OF_SENTENCE + 1) % sentence;
    table[word * size + FIRST_OF_SENTENCE + at] = 10;
  }
  const [FLOAT, INT64] = [1, 7];
  const named = (name: string, type: number, dims: readonly (string | number)[]) =>
    message([1, text(name)], [
      2,
      message([
        1,
        message([1, type], [
          2,
          message(
            ...dims.map((
              dim,
            ): Field => [1, typeof dim === "number" ? message([1, dim]) : message([2, text(dim)])]),
          ),
        ]),
      ]),
    ]);
  const graph = message(
    [1, message([1, text("table")], [1, text("input_ids")], [2, text("logits")], [4, text("Gather")])],
    [2, text("table")],
    [5, message([1, size], [1, size], [2, FLOAT], [8, text("table")], [9, new Uint8Array(table.buffer)])],
    [11, named("input_ids", INT64, ["batch", "sequence"])],
    [11, named("attention_mask", INT64, ["batch", "total"])],
    [12, named("logits", FLOAT, ["batch", "sequence", size])],
  );
  return message([1, 8], [7, graph], [8, message([2, 17])]);
}

type Field = readonly [number, number | Uint8Array<ArrayBuffer>];

function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}

/** A message of protocol buffers: numbers as varints, the rest with its length. */
function message(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const varint = (value: number) => {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
    bytes.push(value);
  };
  for (const [number, value] of fields) {
    varint(number * 8 + (typeof value === "number" ? 0 : 2));
    varint(typeof value === "number" ? value : value.length);
    if (typeof value !== "number") { for (const byte of value) bytes.push(byte); }
  }
  return new Uint8Array(bytes);
}
