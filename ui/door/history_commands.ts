/** The commands that fork the image, merge a fork, and prune history, brought to the image that is open here. */
import type { LivingImage, Request } from "../../actors/system/mod.ts";
import { ArgumentError } from "../../actors/errors.ts";
import type { Command, Position } from "../protocol.ts";
import { pastPositionOf, positionOf } from "./point_in_time.ts";

type HistoryCommand = Extract<Command, { command: "FORK" | "MERGE" | "PRUNE" }>;

/** @throws {ArgumentError} for a folder that is no absolute path, as whoever serves the image may stand elsewhere */
export async function runHistoryCommand(
  { store, history, works }: Pick<LivingImage, "store" | "history" | "works">,
  command: HistoryCommand,
  { who, idempotencyKey }: Pick<Request, "who" | "idempotencyKey">,
): Promise<{ position: Position; value: unknown }> {
  const { work } = command;
  switch (command.command) {
    case "FORK": {
      const { folder, at } = command;
      assertAbsolute(folder);
      const position = at === undefined ? store.position : await pastPositionOf(store, at);
      const value = await works.run(
        { work, what: "fork", who },
        (job) => history.fork(folder, position, job),
      );
      return { position: store.position, value };
    }
    case "MERGE": {
      const { command: _command, work: _work, ...request } = command;
      assertAbsolute(request.folder);
      return await works.run(
        { work, what: "merge", who },
        (job) => history.merge({ ...request, who, idempotencyKey, job }),
      );
    }
    case "PRUNE": {
      const { before, dryRun } = command;
      const position = before === undefined ? undefined : await positionOf(store, before);
      const value = await works.run(
        { work, what: "prune", who },
        (job) => history.prune({ before: position, dryRun, job }),
      );
      return { position: store.position, value };
    }
  }
}

function assertAbsolute(folder: string): void {
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(folder)) return;
  throw new ArgumentError(`The folder must be an absolute path: it is "${folder}"`, "Write the whole path.", {
    folder,
  });
}
