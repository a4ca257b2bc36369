import assert from "node:assert/strict";
import { ProtectedError } from "../../../actors/errors.ts";
import { openTestImage } from "../../support/image.ts";

Deno.test("SY60 deleting with all below it what the image lives by is refused unless it is forced, and can be undone", async () => {
  await using test = await openTestImage();
  const { door, image } = test;
  const before = image.store.position;
  await assert.rejects(
    door.command({ command: "DELETE", object: "genesis", cascade: true }),
    (error) =>
      error instanceof ProtectedError && (error.details.names as string[]).includes("memory_manager"),
  );
  await assert.rejects(
    door.command({ command: "DELETE", object: "persona_prototype", cascade: true }),
    ProtectedError,
  );
  await assert.rejects(
    door.command({ command: "DELETE", object: "genesis" }),
    {
      code: "protected",
      message: 'Cannot delete "genesis" as others delegate to it and the image lives by it',
    },
    "a cascade is not offered where it would be refused",
  );
  await assert.rejects(door.command({ command: "DELETE", object: "shape" }), { code: "has_children" });
  assert.equal(image.store.position, before);
  assert.equal((await door.object("genesis")).name, "genesis");
  await door.command({ command: "DELETE", object: "persona_prototype", cascade: true, force: true });
  await assert.rejects(door.object("ALFRED"));
  await door.command({ command: "UNDO" });
  assert.equal((await door.object("ALFRED")).name, "ALFRED");
});
