import { assertEquals, assertStringIncludes } from "@std/assert";
import { roleFlags, roles, rolesFor, root } from "../../scripts/roles.ts";

const network = ["net loopback", "net localhost"];
const service = [
  ...network,
  "net listen",
  // A socket of this host counts as a file.
  "net unix",
  "read",
  "write",
  "run juba",
  "env ZK",
  "sys networkInterfaces",
  "sys uid",
];

/** All that a role may do of what the probe tries. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  server: service,
  proxy: service.filter((it) => it !== "run juba"),
  jubavisor: service,
  jubactl: [...network, "read", "env ZK"],
  jubaconfig: [...network, "read", "env ZK"],
  jubaconv: ["read"],
};

for (const role of roles) {
  Deno.test({
    name: `${role.name} may do what it needs and nothing else`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const directory = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${directory}/jubaclassifier`, "#!/bin/sh\n", { mode: 0o755 });
        const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "-q",
            "--no-config",
            ...roleFlags(role).flags,
            `${root}tests/support/permission_probe.ts`,
            `${listener.addr.port}`,
            directory,
          ],
          env: { PATH: `${directory}:/usr/bin:/bin` },
          stdin: "null",
        }).output();
        const done = new TextDecoder().decode(stdout).trim().split("\n");
        assertEquals([code, done], [0, [...allowed[role.permissions]!]], new TextDecoder().decode(stderr));
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

Deno.test("rolesFor gives only tools for Windows", () => {
  assertEquals(rolesFor("x86_64-pc-windows-msvc").map((role) => role.name), ["jubactl", "jubaconfig", "jubaconv"]);
  assertEquals(rolesFor("aarch64-unknown-linux-gnu"), roles);
});

Deno.test("every role's program is in cli/ and named in deno.json", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  for (const { name } of roles) {
    assertEquals((await Deno.stat(`${root}cli/${name}.ts`)).isFile, true);
    assertStringIncludes(tasks[name], ` scripts/run.ts ${name}`);
  }
});
