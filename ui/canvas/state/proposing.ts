/** Methods that are being made and that wait for a yes: what the stream says of them, and what a person answers. */
import { computed, signal } from "@preact/signals";
import type { CommittedEvent, LiveEvent, ProposalView } from "../../protocol.ts";
import { GENERATIONS_SHOWN_MAX } from "../limits.ts";
import type { Api } from "../net/api.ts";
import type { Toaster } from "./toaster.ts";

export type KernelStage = Extract<LiveEvent, { command: "KERNEL_STAGE" }>;

/** One generation, as far as it has come. */
export interface GenerationEntry {
  readonly latest: KernelStage;
  /** What was wrong with its attempts, oldest first. */
  readonly faults: readonly string[];
}

/** Whether a generation has ended, in a method or not. */
export const isOver = ({ stage }: KernelStage): boolean => stage === "done" || stage === "failed";

export type Proposing = ReturnType<typeof createProposing>;

export interface ProposingParts {
  readonly api: Api;
  readonly toaster: Toaster;
  readonly undo: (position: string) => void;
}

export function createProposing({ api, toaster, undo }: ProposingParts) {
  const proposals = signal<readonly ProposalView[]>([]);
  const generations = signal<ReadonlyMap<string, GenerationEntry>>(new Map());
  const waiting = computed(() => proposals.value.filter(({ state }) => state === "waiting"));

  let asked = 0;
  async function load(): Promise<void> {
    const mine = ++asked;
    const answer = await api.proposals();
    if (mine === asked) proposals.value = answer.proposals;
  }

  function stage(event: KernelStage): void {
    const before = generations.value.get(event.generation);
    const faults = [...before?.faults ?? [], ...(event.fault === undefined ? [] : [event.fault])];
    const next = new Map(generations.value).set(event.generation, { latest: event, faults });
    while (next.size > GENERATIONS_SHOWN_MAX) next.delete(next.keys().next().value!);
    generations.value = next;
  }

  /** Whether a thought may have made or changed a proposal. */
  const isAbout = ({ kind, undoes, objects, deleted }: CommittedEvent): boolean =>
    kind === "kernel" || kind === "failed" || undoes !== undefined ||
    proposals.value.some(({ oid }) => deleted.includes(oid) || objects.some((each) => each.oid === oid));

  return {
    proposals,
    generations,
    waiting,
    load,
    stage,
    isAbout,

    /** The stream is joined anew, and tells those that are under way: of others the end was not heard. */
    rejoined(): void {
      const ended = [...generations.value].filter(([, { latest }]) => isOver(latest));
      generations.value = new Map(ended);
    },

    /** @throws {ApiError} so that the card can say beside the source what does not hold */
    async approve(proposal: ProposalView, source: string | undefined): Promise<void> {
      const { result, position } = await api.command({
        command: "APPROVE",
        proposal: proposal.oid,
        ...(source === undefined ? {} : { source }),
      });
      const answer = JSON.stringify(result ?? null);
      const where = `${proposal.holder_name ?? "the object"} ${proposal.selector}`;
      toaster.show({
        kind: "done",
        text: `Installed ${where}; it answers ${answer.slice(0, 80)}`,
        action: { label: "Undo", run: () => undo(position) },
        undoes: position,
      });
    },

    /** @throws {ApiError} */
    async reject(proposal: ProposalView, reason: string): Promise<void> {
      await api.command({ command: "REJECT", proposal: proposal.oid, reason });
      toaster.show({ kind: "info", text: `Rejected ${proposal.name ?? proposal.selector}` });
    },
  };
}
