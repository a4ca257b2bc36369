/** A mind whose words come when the test says so: every token is let through by hand, and so is the end. */
import type { GenerateRequest, Mind, MindProbe, MindToken } from "../../actors/minds/mod.ts";

type Step = { readonly token: string } | { readonly end: true } | { readonly error: Error };

export class PacedMind implements Mind {
  readonly name = "ollama";
  /** What it was sent, in order. */
  readonly requests: Pick<GenerateRequest, "messages" | "options" | "model">[] = [];
  installed = ["phi3:3.8b", "mistral:7b", "gemma2:9b", "qwen2:7b"];
  readonly #steps: Step[] = [];
  #wake = Promise.withResolvers<void>();

  say(token: string): void {
    this.#push({ token });
  }

  end(): void {
    this.#push({ end: true });
  }

  fail(error: Error): void {
    this.#push({ error });
  }

  #push(step: Step): void {
    this.#steps.push(step);
    this.#wake.resolve();
  }

  async probe(): Promise<MindProbe> {
    return { available: true, host: "paced", models: await this.models() };
  }

  models() {
    return Promise.resolve(this.installed.map((model) => ({ model, bytes: 1_000 })));
  }

  loaded() {
    return Promise.resolve([]);
  }

  unload(): Promise<void> {
    return Promise.resolve();
  }

  async *generate({ signal, messages, options, model }: GenerateRequest): AsyncGenerator<MindToken> {
    this.requests.push({ messages, options: options ?? {}, model });
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {/* Whoever waits below hears of it. */});
    signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
    for (let tokens = 0;; tokens++) {
      signal.throwIfAborted();
      const step = this.#steps.shift();
      if (step === undefined) {
        this.#wake = Promise.withResolvers<void>();
        await Promise.race([this.#wake.promise, aborted.promise]);
        tokens--;
      } else if ("error" in step) throw step.error;
      else if ("end" in step) {
        yield { done: true, tokens, model: "paced" };
        return;
      } else yield { token: step.token };
    }
  }

  // deno-lint-ignore require-yield
  async *pull(): AsyncGenerator<never> {
    throw new Error("this mind has no models");
  }
}
