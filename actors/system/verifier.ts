/** Verifying the image that is open here: one walk at a time, as each takes the disk and the processor for itself. */
import type { Store, VerifyOptions, VerifyReport } from "../../kv/mod.ts";
import { UnavailableError } from "../errors.ts";
import { imageForms } from "./image_forms.ts";

export class Verifier {
  readonly #store: Store;
  #running = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Walks the whole image and tells what is wrong with it. @throws {UnavailableError} while another walk goes on */
  async verify(options: Omit<VerifyOptions, "forms">): Promise<VerifyReport> {
    if (this.#running) {
      throw new UnavailableError("verify", "the image is being verified already", "Wait until that is done.");
    }
    this.#running = true;
    try {
      return await this.#store.verify({ ...options, forms: imageForms() });
    } finally {
      this.#running = false;
    }
  }
}
