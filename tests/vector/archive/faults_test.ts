/** The archive when things die, break, and go on at once: killed builders and searchers, crashes, damaged files. */
import assert from "node:assert/strict";
import { Archive, ArchiveError, type ArchiveHealth, type ArchiveRow } from "../../../vector/archive/mod.ts";
import { inFolder, kernel, namesIn, position, rowsOf, space, spawn, stream, vectorOf } from "./fixture.ts";

const child = new URL("./sealing_child.ts", import.meta.url).pathname;

Deno.test("AR7 a builder killed in the middle is a typed error, and the last good segments serve on", () =>
  inFolder(async (folder) => {
    const children: Deno.ChildProcess[] = [];
    const archive = await Archive.open(folder, {
      kernel,
      spawn: () => {
        const started = spawn();
        children.push(started);
        return started;
      },
    });
    await archive.seal(stream(rowsOf(0, 300)), { space, watermark: position(300) });
    const names = namesIn(folder);
    const answer = await archive.search(vectorOf(5), 10);
    const sealing = archive.seal(stream(rowsOf(1000, 5000)), {
      space,
      watermark: position(5000),
      onPhase: (phase, rows) => {
        if (phase === "building" && rows > 1000) children.at(-1)?.kill("SIGKILL");
      },
    });
    await assert.rejects(sealing, (error) => {
      assert(error instanceof ArchiveError);
      assert.equal(error.code, "archive_build_failed");
      assert.equal(error.retryable, true);
      assert.match(error.message, /SIGKILL.* after \d+ rows/);
      return true;
    });
    assert.deepEqual(namesIn(folder), names, "nothing half-built is left");
    assert.deepEqual(await archive.search(vectorOf(5), 10), answer);
    assert.equal(archive.health.state, "ready");
    await archive.seal(stream(rowsOf(1000, 1100)), { space, watermark: position(1100) });
    assert.equal(archive.rows, 400);
    await archive.close();
  }));

/** Starts a child that runs this and nothing else. */
function evaluate(code: string): () => Deno.ChildProcess {
  return () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", code],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
}

Deno.test("AR8 a builder that says nothing, that ends at once, or that is told to stop is ended and named", () =>
  inFolder(async (folder) => {
    const cases: [string, RegExp][] = [
      ["await new Promise(() => setInterval(() => {}, 1e9))", /said nothing for 700 ms/],
      ["Deno.exit(3)", /ended \(code 3\) after 0 rows/],
      ["console.log('Hello, I am no builder, but I talk a lot, and not in frames')", /the builder failed/],
    ];
    for (const [code, message] of cases) {
      const archive = await Archive.open(folder, { spawn: evaluate(code), kernel, silenceMs: 700 });
      await assert.rejects(
        archive.seal(stream(rowsOf(0, 10)), { space, watermark: position(10) }),
        (error) =>
          error instanceof ArchiveError && error.code === "archive_build_failed" &&
          message.test(error.message),
      );
      assert.equal(archive.health.state, "empty");
      await archive.close();
    }
    const archive = await Archive.open(folder, { spawn, kernel });
    const stop = new AbortController();
    const endless = async function* (): AsyncGenerator<ArchiveRow> {
      for (let row = 0;; row++) {
        if (row === 1000) stop.abort();
        yield await Promise.resolve(rowsOf(row, row + 1)[0]);
      }
    };
    await assert.rejects(
      archive.seal(endless(), { space, watermark: position(10), signal: stop.signal }),
      (error) => error instanceof ArchiveError && /told to stop/.test(error.message),
    );
    assert.deepEqual(namesIn(folder), []);
    await archive.close();
  }));

for (const point of ["swap.built", "swap.verified", "swap.renamed", "swap.manifest"]) {
  Deno.test(`AR9 killed at ${point}, the archive opens as it was or as it was to become, and nothing else is left`, () =>
    inFolder(async (folder) => {
      const first = await Archive.open(folder, { spawn, kernel });
      await first.seal(stream(rowsOf(0, 300)), { space, watermark: position(300) });
      await first.close();
      const { signal, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", child, folder, point],
        stderr: "inherit",
      }).output();
      assert.equal(signal, "SIGKILL");
      assert.equal(new TextDecoder().decode(stdout), "");
      const archive = await Archive.open(folder, { spawn, kernel });
      const swapped = point === "swap.manifest";
      assert.deepEqual(archive.health, { state: "ready", reasons: [] });
      assert.equal(archive.rows, swapped ? 1500 : 300);
      assert.equal(archive.watermark, position(swapped ? 2200 : 300));
      assert.equal((await archive.search(vectorOf(9), 1000)).length, swapped ? 1000 : 300);
      const [listed] = await archive.search(vectorOf(1500), 10);
      assert.equal(listed.id === "row 1500", swapped);
      // Graph and rows of the first; the second has lists too.
      assert.equal(namesIn(folder).filter((name) => name.startsWith("segment")).length, swapped ? 5 : 2);
      await archive.seal(stream(rowsOf(3000, 3100)), { space, watermark: position(3100) });
      assert.equal(archive.rows, swapped ? 1600 : 400);
      await archive.close();
    }));
}

/** An archive of two generations: 300 rows, replaced by more; answers the file of the second segment. */
async function twoGenerations(folder: string, rows = 500): Promise<string> {
  const archive = await Archive.open(folder, { spawn, kernel });
  await archive.seal(stream(rowsOf(0, 300)), { space, watermark: position(300) });
  archive.mask("row 3", position(400));
  const manifest = await archive.seal(stream(rowsOf(0, rows).filter(({ id }) => id !== "row 3")), {
    space,
    watermark: position(rows),
    replace: true,
  });
  assert.equal(manifest.segments[0].lists === null, rows < LISTED);
  await archive.close();
  return `${folder}/${manifest.segments[0].file}`;
}

/** Rows that have lists. */
const LISTED = 1_200;

/** Turns one bit in the midst of a file. */
async function alter(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.seek(5000, Deno.SeekMode.Start);
  const byte = new Uint8Array(1);
  await file.read(byte);
  await file.seek(5000, Deno.SeekMode.Start);
  await file.write(byte.map((value) => value ^ 1));
}

const damages: [string, (path: string) => Promise<void>, RegExp][] = [
  ["a byte of the graph altered", (path) => alter(`${path}.usearch`), /graph must have the SHA-256/],
  [
    "the graph cut",
    (path) => Deno.truncate(`${path}.usearch`, 9000),
    /graph must have \d+ bytes: it has 9000/,
  ],
  ["a byte of the rows altered", (path) => alter(`${path}.rows`), /rows must have the SHA-256/],
  ["the rows cut", (path) => Deno.truncate(`${path}.rows`, 80), /rows must have \d+ bytes: it has 80/],
  ["the graph gone", (path) => Deno.remove(`${path}.usearch`), /No such file/],
  ["a byte of the lists altered", (path) => alter(`${path}.lists`), /lists must have the SHA-256/],
  [
    "the lists cut",
    (path) => Deno.truncate(`${path}.lists`, 80),
    /lists must have \d+ bytes: they have 80/,
  ],
  ["the lists gone", (path) => Deno.remove(`${path}.lists`), /No such file/],
];
for (const [damage, harm, message] of damages) {
  Deno.test(`AR10 with ${damage}, the last good one serves, masked as it must be, with the reason; a seal heals it`, () =>
    inFolder(async (folder) => {
      await harm(await twoGenerations(folder, LISTED));
      const archive = await Archive.open(folder, { spawn, kernel });
      assert.equal(archive.health.state, "degraded");
      assert.match(archive.health.reasons.join("\n"), message);
      assert.match(archive.health.reasons.join("\n"), /segment-00000002/);
      assert.equal(archive.watermark, position(300));
      assert.equal(archive.wantsReplace, true);
      const found = await archive.search(vectorOf(3), 1000);
      assert.equal(found.length, 299);
      assert(!found.some(({ id }) => id === "row 3"), "a row that died before the replacement stays dead");
      await archive.seal(stream(rowsOf(0, LISTED)), { space, watermark: position(LISTED), replace: true });
      assert.deepEqual(archive.health, { state: "ready", reasons: [] });
      await archive.close();
    }));
}

Deno.test("AR10 with a damaged manifest the one before serves, and a newer one is refused untouched", () =>
  inFolder(async (folder) => {
    await twoGenerations(folder);
    const path = `${folder}/manifest.json`;
    const text = await Deno.readTextFile(path);
    for (
      const [content, message] of [
        ["{", /not JSON/],
        ['{"version":2}', /is damaged: .*sequence/s],
        [text.replace('"version":2', '"version":1'), /of an older form \(1\): it is remade/],
      ] as const
    ) {
      await Deno.writeTextFile(path, content);
      const archive = await Archive.open(folder, { spawn, kernel });
      assert.equal(archive.health.state, "degraded");
      assert.match(archive.health.reasons.join("\n"), message);
      assert.equal(archive.rows, 300);
      await archive.close();
    }
    const newer = text.replace('"version":2', '"version":3');
    await Deno.writeTextFile(path, newer);
    await assert.rejects(
      Archive.open(folder, { spawn, kernel }),
      (error) =>
        error instanceof ArchiveError && error.code === "archive_newer" &&
        /<= 2: it is 3/.test(error.message),
    );
    assert.equal(await Deno.readTextFile(path), newer);
    await Deno.writeTextFile(path, text);
    const archive = await Archive.open(folder, { spawn, kernel });
    assert.equal(archive.rows, 499);
    await archive.close();
  }));

Deno.test("AR11 searches neither fail nor wait while segments are built and swapped, and old ones are let go", () =>
  inFolder(async (folder) => {
    const pids: number[] = [];
    const changes: ArchiveHealth[] = [];
    const archive = await Archive.open(folder, {
      kernel,
      spawn: () => {
        const started = spawn();
        pids.push(started.pid);
        return started;
      },
      onChanged: (health) => changes.push(health),
    });
    await archive.seal(stream(rowsOf(0, 2000)), { space, watermark: position(2000) });
    let done = false;
    let searches = 0;
    let longestMs = 0;
    const searching = Array.from({ length: 4 }, async (_, worker) => {
      for (let search = 0; !done; search++) {
        const began = performance.now();
        const hits = await archive.search(vectorOf(worker * 1000 + search), 10);
        longestMs = Math.max(longestMs, performance.now() - began);
        assert.equal(hits.length, 10);
        searches++;
      }
    });
    for (let round = 1; round <= 4; round++) {
      await archive.seal(stream(rowsOf(0, 2000 + round * 100)), {
        space,
        watermark: position(2000 + round * 100),
        replace: round % 2 === 0,
      });
    }
    done = true;
    await Promise.all(searching);
    assert(searches > 100, `${searches} searches`);
    // A build of 2,000 rows takes many times as long; the bound is wide, since the machine may be busy.
    assert(longestMs < 500, `the longest search took ${longestMs} ms`);
    assert.deepEqual(changes, [], "no searcher had to be replaced");
    assert.equal(pids.length, 6, "five builders and one searcher");
    if (Deno.build.os === "linux") {
      const searcher = pids[1];
      const maps = await Deno.readTextFile(`/proc/${searcher}/maps`);
      const mapped = new Set(maps.match(/segment-\d+/g));
      assert.deepEqual([...mapped], archive.manifest?.segments.map(({ file }) => file));
    }
    await archive.close();
  }));

Deno.test("AR12 a searcher killed under its searches is replaced, and they are answered all the same", () =>
  inFolder(async (folder) => {
    const children: Deno.ChildProcess[] = [];
    const changes: ArchiveHealth[] = [];
    let now = 0;
    const archive = await Archive.open(folder, {
      kernel,
      spawn: () => {
        const started = spawn();
        children.push(started);
        return started;
      },
      clock: () => now,
      onChanged: (health) => changes.push(health),
    });
    await archive.seal(stream(rowsOf(0, 500)), { space, watermark: position(500) });
    archive.mask("row 3", position(501));
    for (let round = 0; round < 5; round++) {
      children.at(-1)?.kill("SIGKILL");
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, query) => archive.search(vectorOf(query), 10)),
      );
      assert(found.every((hits) => hits.length === 10 && hits.every(({ id }) => id !== "row 3")));
    }
    assert.equal(changes.length, 5);
    assert.equal(children.length, 7, "one builder and six searchers");
    // The sixth within a minute is not replaced: something is wrong that restarts do not mend.
    children.at(-1)?.kill("SIGKILL");
    await assert.rejects(archive.search(vectorOf(1), 10), (error) => {
      assert(error instanceof ArchiveError);
      assert.equal(error.code, "archive_unavailable");
      assert.equal(error.retryable, true);
      assert.match(error.message, /SIGKILL.*started 5 times within a minute/);
      return true;
    });
    assert.equal(archive.health.state, "failed");
    now += 60_001;
    assert.equal((await archive.search(vectorOf(1), 10)).length, 10);
    assert.equal(archive.health.state, "ready");
    await archive.close();
  }));

Deno.test("AR12 a search whose searcher and its replacement both die is told so in a typed error", () =>
  inFolder(async (folder) => {
    const children: Deno.ChildProcess[] = [];
    let isBroken = false;
    const archive = await Archive.open(folder, {
      kernel,
      spawn: () => {
        const piped = { stdin: "piped", stdout: "piped" } as const;
        const started = isBroken
          ? new Deno.Command(Deno.execPath(), { args: ["eval", ""], ...piped }).spawn()
          : spawn();
        children.push(started);
        return started;
      },
    });
    await archive.seal(stream(rowsOf(0, 100)), { space, watermark: position(100) });
    isBroken = true;
    children.at(-1)?.kill("SIGKILL");
    await assert.rejects(
      archive.search(vectorOf(1), 10),
      (error) => error instanceof ArchiveError && error.code === "archive_unavailable" && error.retryable,
    );
    await archive.close();
  }));

Deno.test("AR12 an archive whose searcher dies before all is open is told so, and holds no file open", () =>
  inFolder(async (folder) => {
    const archive = await Archive.open(folder, { spawn, kernel });
    for (const from of [0, LISTED]) {
      const { segments } = await archive.seal(stream(rowsOf(from, from + LISTED)), {
        space,
        watermark: position(from + LISTED),
      });
      assert.notEqual(segments.at(-1)!.lists, null);
    }
    await archive.close();
    const frames = new URL("../../../vector/archive/frames.ts", import.meta.url);
    const opensOne = `import { encodeFrame } from "${frames}";
      await Deno.stdin.read(new Uint8Array(65_536));
      Deno.stdout.writeSync(encodeFrame({ type: "done", request: 1 }));`;
    await assert.rejects(
      Archive.open(folder, { kernel, spawn: evaluate(opensOne) }),
      (error) => error instanceof ArchiveError && error.code === "archive_unavailable" && error.retryable,
    );
    if (Deno.build.os === "linux") {
      const files = namesIn("/proc/self/fd").map((name) => {
        try {
          return Deno.readLinkSync(`/proc/self/fd/${name}`);
        } catch (error) {
          // The one that the folder was listed through.
          if (error instanceof Deno.errors.NotFound) return "";
          throw error;
        }
      });
      assert.deepEqual(files.filter((path) => path.startsWith(folder)), []);
    }
  }));

Deno.test("AR12 lists whose rows are cut while they serve do not answer, and the last good segment serves", () =>
  inFolder(async (folder) => {
    const path = await twoGenerations(folder, LISTED);
    const archive = await Archive.open(folder, { spawn, kernel });
    const [best] = await archive.search(vectorOf(700), 10);
    assert.equal(best.id, "row 700");
    await Deno.truncate(`${path}.rows`, 4096);
    const found = await archive.search(vectorOf(7), 10);
    assert.equal(found[0].id, "row 7");
    assert.equal(archive.watermark, position(300));
    assert.equal(archive.health.state, "degraded");
    await archive.close();
  }));

for (const extension of ["usearch", "rows"]) {
  Deno.test(`AR12 a segment whose .${extension} is cut while it serves is found out, and the last good one serves`, () =>
    inFolder(async (folder) => {
      const path = await twoGenerations(folder);
      const children: Deno.ChildProcess[] = [];
      const changes: ArchiveHealth[] = [];
      const archive = await Archive.open(folder, {
        kernel,
        spawn: () => {
          const started = spawn();
          children.push(started);
          return started;
        },
        onChanged: (health) => changes.push(health),
      });
      assert.equal((await archive.search(vectorOf(3), 1000)).length, 499);
      // A page of a mapped file that is no longer there ends the process that touches it, which is why it is not ours.
      await Deno.truncate(`${path}.${extension}`, 4096);
      const found = await archive.search(vectorOf(3), 1000);
      assert.equal(found.length, 299);
      assert(!found.some(({ id }) => id === "row 3"));
      assert.equal(children.length, 2);
      assert.equal(changes.at(-1)?.state, "degraded");
      assert.equal(archive.watermark, position(300));
      await archive.close();
    }));
}
