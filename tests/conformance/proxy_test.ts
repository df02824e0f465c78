import { assertEquals } from "@std/assert";
import { inParallel } from "../support/in_parallel.ts";
import { readRecording } from "../support/recording.ts";
import { replay } from "../support/replay.ts";
import { ClusterTarget } from "../support/replay_cluster.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const folder = new URL("../fixtures/recordings/proxy/", import.meta.url);
/** Steps run beside each other, so what one opens is open while another ends. */
const sideBySide = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "juba*_proxy answers as Jubatus 1.1.1 did when its sessions are replayed",
  ignore: zookeeperMissing !== undefined,
  ...sideBySide,
  fn: async (test) => {
    await using ensemble = await ZookeeperEnsemble.start();
    const files = [...Deno.readDirSync(folder)].map((it) => it.name).sort();
    await inParallel(files, 2, (file) =>
      test.step({
        name: file,
        ...sideBySide,
        sanitizeExit: false,
        fn: async () => {
          const recording = await readRecording(new URL(file, folder).pathname);
          await using target = await ClusterTarget.start(recording.head, ensemble.hosts);
          assertEquals((await replay(recording, target)).problems, []);
        },
      }));
  },
});
