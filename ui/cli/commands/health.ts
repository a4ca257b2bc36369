/** `telos health` and `telos stop`: how the image is, and ending the server that serves it. */
import type { Health } from "../../protocol.ts";
import { readServerFile } from "../../server/mod.ts";
import { CliError } from "../cli_error.ts";
import type { Define } from "../context.ts";
import { runningServer } from "../connect.ts";
import { exitCodes } from "../exit_codes.ts";
import { settled } from "../settled.ts";
import { bytesInWords, counted, keptInWords, timeInWords } from "../words.ts";

export const defineHealth: Define = (program, run) => {
  program.command("health")
    .description("how the image is, and what is degraded")
    .option("--json", "print what GET /health answers")
    .addHelpText("after", "\nExample:\n  telos health --json")
    .action(run((context) =>
      context.withConnection(async ({ door, server }) => {
        const health = server === null ? await settled(door) : await door.health();
        const where = server === null ? "no server is running" : `served at ${server.url}`;
        context.show(health, (value) => describeHealth(value, where));
        return health.status === "failed" ? exitCodes.unavailable : exitCodes.done;
      })
    ));
};

export const defineStop: Define = (program, run) => {
  program.command("stop")
    .description("stop the server that serves this image")
    .option("--json", "print {position, result}")
    .addHelpText("after", "\nExample:\n  telos stop")
    .action(run(async (context) => {
      const running = await runningServer(context.settings.image);
      if (running === null) throw await nobodyToStop(context.settings.image);
      try {
        const answer = await running.door.command({ command: "SHUTDOWN_REQUEST" }, { who: "cli" });
        context.show(answer, () => `The server at ${running.server.url} is stopping.`);
      } finally {
        await running.door.close();
      }
    }));
};

/** A server that hangs is as silent as none: what `server.json` says of it is told. */
async function nobodyToStop(folder: string): Promise<CliError> {
  const file = await readServerFile(folder);
  if (file === null) {
    return new CliError("unavailable", `No server is running for the image in ${folder}`, {
      hint: "There is nothing to stop. Was another image meant? See --image.",
    });
  }
  return new CliError("unavailable", `No server answers for the image in ${folder}`, {
    hint: `The last was process ${file.pid} at ${file.url}: where that is still there, end it yourself.`,
    details: { folder, pid: file.pid, url: file.url },
  });
}

function describeHealth(health: Health, where: string): string {
  const { image, mind, embedding, tiers } = health;
  const lines = [
    `${health.status}, ${where}`,
    `  image      ${image.folder} at ${image.position ?? "no position"}`,
    `  mind       ${mind.name}${mind.host === null ? "" : ` at ${mind.host}`}`,
    `  embedding  ${embedding.model} (${embedding.dimensions} dimensions)`,
    `  memory     L1 ${counted(tiers.L1.rows, "row")}, L2 ${counted(tiers.L2.rows, "row")} in ${
      counted(tiers.L2.segments, "segment")
    }`,
  ];
  if (health.backup !== undefined) {
    const { last, next } = health.backup;
    const made = last === null ? "none yet" : `${timeInWords(last.made)}, ${last.kind}`;
    lines.push(`  backup     ${made}${next === null ? "; off" : `; next ${timeInWords(next)}`}`);
  }
  if (health.history !== undefined) {
    const { cost } = health.history;
    const kept = keptInWords(health.history.policy);
    lines.push(
      `  history    ${bytesInWords(cost.totalBytes)} of ${counted(cost.thoughts, "thought")}; kept: ${kept}`,
    );
  }
  for (const { what, done, unit } of health.works ?? []) {
    lines.push(
      `  under way  ${what === "erase" ? "erasing what was forgotten" : `${what}: ${done} ${unit}`}`,
    );
  }
  if (image.quarantined > 0) lines.push(`  quarantined objects: ${image.quarantined}`);
  for (const [part, { state, detail }] of Object.entries(health.ready)) {
    if (state !== "ready") lines.push(`  ${part} is ${state}${detail === undefined ? "" : `: ${detail}`}`);
  }
  for (const { part, reason, hint } of health.degraded) {
    lines.push(`  degraded: ${part}: ${reason}. ${hint}`);
  }
  return lines.join("\n");
}
