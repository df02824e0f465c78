/**
 * Tries what a program might do and prints what it may, one name a line. Run with a role's permissions; arguments are a
 * port of this host that is listened on, and a directory with a program `jubaclassifier` in it.
 *
 * @module
 */
const [port, directory] = Deno.args;

/** Reached nobody: a range reserved for documentation. */
const outside = "192.0.2.1";
const soon = AbortSignal.timeout(1000);

const attempts: Readonly<Record<string, () => unknown>> = {
  "net loopback": () => Deno.connect({ hostname: "127.0.0.1", port: Number(port), signal: soon }),
  "net localhost": () => Deno.connect({ hostname: "localhost", port: Number(port), signal: soon }),
  "net listen": () => Deno.listen({ hostname: "0.0.0.0", port: 0 }),
  "net outside": () => Deno.connect({ hostname: outside, port: 80, signal: soon }),
  "net other name": () => Deno.connect({ hostname: "jubatus.invalid", port: 80, signal: soon }),
  "net other listen": () => Deno.listen({ hostname: outside, port: 0 }),
  "net unix": () => Deno.connect({ transport: "unix", path: `${directory}/socket` }),
  "read": () => Deno.readTextFileSync("/etc/hosts"),
  "write": () => Deno.writeTextFileSync(`${directory}/written`, ""),
  "run juba": () => new Deno.Command("jubaclassifier").outputSync(),
  "run sh": () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  "run /bin/sh": () => new Deno.Command("/bin/sh", { args: ["-c", "true"] }).outputSync(),
  "run deno": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
  "env ZK": () => Deno.env.get("ZK"),
  "env HOME": () => Deno.env.get("HOME"),
  "env all": () => Deno.env.toObject(),
  "env set": () => Deno.env.set("LD_PRELOAD", "x"),
  "sys networkInterfaces": () => Deno.networkInterfaces(),
  "sys uid": () => Deno.uid(),
  "sys hostname": () => Deno.hostname(),
  "sys loadavg": () => Deno.loadavg(),
  "ffi": () => Deno.dlopen("libc.so.6", {}),
};

for (const [name, attempt] of Object.entries(attempts)) {
  let refused = false;
  try {
    await attempt();
  } catch (error) {
    refused = error instanceof Deno.errors.NotCapable;
  }
  if (!refused) console.log(name);
}
Deno.exit();
