/**
 * The generative kernel: methods for messages that nobody understands, proved before they are installed.
 * @module
 */
export { checkExamples, type ExamplesReport } from "./check_examples.ts";
export { draftOf } from "./draft.ts";
export { editMethod } from "./editing.ts";
export { KernelError, ProposalFault, RefusedByMind } from "./errors.ts";
export {
  Kernel,
  type KernelEvent,
  type KernelOptions,
  type KernelStatus,
  type SentMessage,
} from "./kernel.ts";
export { listProposals, type Proposal } from "./proposals.ts";
export { checkSource } from "./static_check.ts";
export type { AskMind, MindAnswer, MindRequest } from "./writer.ts";
