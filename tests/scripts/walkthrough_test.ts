import { assertEquals, assertStringIncludes } from "@std/assert";
import { importFlags } from "../../scripts/registry.ts";
import { root } from "../../scripts/roles.ts";
import { zookeeperMissing } from "../support/zookeeper_server.ts";

Deno.test({
  name: "deno task walkthrough shows a cluster that learns, and leaves nothing running",
  ignore: zookeeperMissing !== undefined,
  fn: async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...await importFlags(), `${root}scripts/walkthrough.ts`],
      cwd: root,
      stdin: "null",
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertEquals(code, 0, output + new TextDecoder().decode(stderr));
    assertStringIncludes(output, "set config to zookeeper: /jubatus/config/classifier/shogun");
    assertStringIncludes(output, "9 of 9 names it had not seen are right");
    assertStringIncludes(output, "active jubaclassifier_proxy members:");
    for (const pid of output.matchAll(/^\$ kill (\d+)$/gm)) assertEquals(isRunning(Number(pid[1])), false);
    assertStringIncludes(output, "Everything is stopped.");
  },
});

function isRunning(pid: number): boolean {
  try {
    // Waking up does no harm to whoever has that number now.
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
