import { assertEquals } from "@std/assert";
import { inParallel } from "./in_parallel.ts";
import { readRecording } from "./recording.ts";
import { replay } from "./replay.ts";
import { readStartups, replayStartup } from "./replay_startups.ts";
import { StandaloneTarget } from "./replay_targets.ts";

const folder = new URL("../fixtures/recordings/", import.meta.url);
/**
 * Lines of recordings that this server answers otherwise on purpose: after a load that failed, 1.1.1 has lost its
 * model, and this server still has it.
 */
const deliberate: ReadonlyMap<string, readonly string[]> = new Map([
  ["model_errors.jsonl.gz", ["n=99 get_labels", "n=103 get_labels"]],
]);
/** Steps run beside each other, so what one opens is open while another ends. */
const sideBySide = { sanitizeOps: false, sanitizeResources: false };

/** Registers the tests that hold a standalone server to what was recorded of that of Jubatus 1.1.1. */
export function testConformance(type: string): void {
  Deno.test({
    name: `juba${type} answers as Jubatus 1.1.1 did when its sessions are replayed`,
    ...sideBySide,
    fn: async (test) => {
      const files = [...Deno.readDirSync(new URL(`${type}/`, folder))].map((it) => it.name).sort();
      await inParallel(files, 2, (file) =>
        test.step({
          name: file,
          ...sideBySide,
          fn: async () => {
            const recording = await readRecording(new URL(`${type}/${file}`, folder).pathname);
            await using target = await StandaloneTarget.start(recording.head);
            const { problems } = await replay(recording, target);
            const expected = deliberate.get(file) ?? [];
            assertEquals(expected.filter((start) => !problems.some((problem) => problem.startsWith(`${start}:`))), []);
            assertEquals(problems.filter((problem) => !expected.some((start) => problem.startsWith(`${start}:`))), []);
          },
          sanitizeExit: false,
        }));
    },
  });

  Deno.test({
    name: `juba${type} refuses the configurations Jubatus 1.1.1 refused, with its messages, when started with them`,
    ...sideBySide,
    fn: async (test) => {
      const startups = await readStartups(new URL("bad-configs.jsonl.gz", folder).pathname, [type]);
      await inParallel(startups, 2, (startup) =>
        test.step({
          name: startup.name,
          ...sideBySide,
          fn: async () => assertEquals((await replayStartup(startup)).problems, []),
          sanitizeExit: false,
        }));
    },
  });
}
