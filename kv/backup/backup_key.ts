/**
 * The key that a backup may be encrypted with: 32 random bytes, written as base64. From it come, through HKDF-SHA-256,
 * a key for AES-256-GCM, one for HMAC-SHA-256 over the manifests, and a short id that tells keys apart.
 */
import { Buffer } from "node:buffer";
import { BackupKeyError } from "./errors.ts";

const keyBytes = 32;
const nonceBytes = 12;
const encoder = new TextEncoder();

export class BackupKey {
  /** Sixteen hexadecimal digits, the same for the same key; says nothing about it. */
  readonly id: string;
  readonly #cipher: CryptoKey;
  readonly #signer: CryptoKey;

  private constructor(id: string, cipher: CryptoKey, signer: CryptoKey) {
    this.id = id;
    this.#cipher = cipher;
    this.#signer = signer;
  }

  /** A new key as text, to be kept somewhere else than the backup. */
  static generate(): string {
    return crypto.getRandomValues(new Uint8Array(keyBytes)).toBase64();
  }

  /** @throws BackupKeyError for text that is not 32 bytes in base64; the text is in no message */
  static async read(text: string): Promise<BackupKey> {
    const bytes = decode(text.trim());
    const master = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits", "deriveKey"]);
    const derivation = (use: string) => ({
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(0),
      info: encoder.encode(`telos backup 1 ${use}`),
    });
    const id = await crypto.subtle.deriveBits(derivation("id"), master, 64);
    const cipher = await crypto.subtle.deriveKey(
      derivation("chunks"),
      master,
      { name: "AES-GCM", length: 256 },
      false,
      ["encrypt", "decrypt"],
    );
    const signer = await crypto.subtle.deriveKey(
      derivation("manifests"),
      master,
      { name: "HMAC", hash: "SHA-256", length: 256 },
      false,
      ["sign", "verify"],
    );
    return new BackupKey(new Uint8Array(id).toHex(), cipher, signer);
  }

  /** A nonce of its own, then the encrypted bytes with their tag; `place` must be the same at decryption. */
  async encrypt(bytes: Uint8Array<ArrayBuffer>, place: string): Promise<Uint8Array<ArrayBuffer>> {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const parameters = { name: "AES-GCM", iv, additionalData: encoder.encode(place) };
    const encrypted = await crypto.subtle.encrypt(parameters, this.#cipher, bytes);
    const joined = new Uint8Array(nonceBytes + encrypted.byteLength);
    joined.set(iv);
    joined.set(new Uint8Array(encrypted), nonceBytes);
    return joined;
  }

  /** Null when the bytes are not those that this key encrypted for this place. */
  async decrypt(bytes: Uint8Array<ArrayBuffer>, place: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const parameters = {
      name: "AES-GCM",
      iv: bytes.subarray(0, nonceBytes),
      additionalData: encoder.encode(place),
    };
    try {
      const opened = await crypto.subtle.decrypt(parameters, this.#cipher, bytes.subarray(nonceBytes));
      return new Uint8Array(opened);
    } catch (error) {
      if (error instanceof DOMException && error.name === "OperationError") return null;
      throw error;
    }
  }

  async sign(text: string): Promise<string> {
    return new Uint8Array(await crypto.subtle.sign("HMAC", this.#signer, encoder.encode(text))).toHex();
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = /^[A-Za-z0-9+/]{43}=$/.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : null;
  if (bytes?.byteLength === keyBytes) return bytes;
  throw new BackupKeyError(`Cannot use the backup key as it must be ${keyBytes} bytes in base64`);
}
