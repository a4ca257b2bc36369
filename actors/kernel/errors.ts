/** What a caller of the kernel may catch: no method could be made, or a proposal is not what it was taken for. */
import { ImageError } from "../errors.ts";

export type KernelErrorCode =
  | "edit_fails"
  | "generation_failed"
  | "generation_refused"
  | "generation_stopped"
  | "kernel_busy"
  | "kernel_closed"
  | "proposal_decided"
  | "proposal_fails";

export class KernelError extends ImageError {
  declare readonly code: KernelErrorCode;
  /** Narrows `ImageError` to the codes of the kernel. */
  constructor(code: KernelErrorCode, message: string, options: ConstructorParameters<typeof ImageError>[2]) {
    super(code, message, options);
  }
}

/** A proposal that does not hold: what is wrong with it, in words that its writer can use. */
export class ProposalFault extends Error {
  readonly stage: "answer" | "syntax" | "examples" | "call";

  constructor(stage: ProposalFault["stage"], message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "ProposalFault";
    this.stage = stage;
  }
}

/** The mind says that the message should not be answered by a method. */
export class RefusedByMind extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "RefusedByMind";
  }
}
