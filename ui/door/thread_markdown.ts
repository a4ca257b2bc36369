/** A thread as a Markdown document, for people: each turn with who answered, when, and what others said before. Pure. */
import type { Exchange, ThreadExport } from "../protocol.ts";

export function threadAsMarkdown({ thread, branch, truncated, exchanges }: ThreadExport): string {
  const parts = [`# ${line(thread)}`];
  if (branch !== null) {
    parts.push(
      branch.thread === null
        ? "_Branched from a thread that is gone._"
        : `_Branched from ${line(branch.thread)}._`,
    );
  }
  if (truncated) parts.push(`_Only the last ${exchanges.length} turns._`);
  return `${[...parts, ...exchanges.flatMap(turn)].join("\n\n")}\n`;
}

function turn({ query_text, full_text, persona_name, mind, at, details, memories }: Exchange): string[] {
  const when = at === 0 ? [] : [new Date(at).toISOString()];
  const model = details?.model && details.model !== "none" ? details.model : mind;
  return [
    `## ${line(query_text).slice(0, 80) || "…"}`,
    quoted(query_text),
    ...(details?.voices ?? []).flatMap((voice) => [
      `### ${line(voice.persona_name)}${voice.task === "revise" ? ", after hearing the others" : ""}`,
      voice.text.trim(),
    ]),
    `### ${line(persona_name)}`,
    full_text.trim(),
    `_${[...when, model, ...counted(memories.length)].join(" · ")}_`,
  ];
}

function counted(memories: number): string[] {
  return memories === 0 ? [] : [`${memories} ${memories === 1 ? "memory" : "memories"}`];
}

function quoted(text: string): string {
  return text.trim().split("\n").map((each) => `> ${each}`.trimEnd()).join("\n");
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
