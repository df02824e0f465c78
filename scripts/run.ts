/**
 * What every task of deno.json goes through: chooses the registry, then runs the script or the executable's source with
 * the flags and permissions it needs. Signals and the exit code pass through.
 *
 * @module
 */
import { importFlags } from "./registry.ts";
import { roleFlags, roles, root } from "./roles.ts";
import { hostNet, sourceArgs } from "./source_programs.ts";

/** Scripts that a task names; each is `scripts/<task>.ts`. */
const scripts = ["shogun", "test", "check", "bench", "compile", "package", "walkthrough", "fuzz", "replay"];

const [task = "", ...args] = Deno.args;
const child = new Deno.Command(Deno.execPath(), await command()).spawn();
passSignals(child);
Deno.exit((await child.status).code);

async function command(): Promise<Deno.CommandOptions> {
  const role = roles.find((it) => it.name === task);
  if (role !== undefined) {
    const wanted = hostNet(Deno.env.get("JUBATUS_NET"));
    const { net } = roleFlags(role, { net: wanted });
    return {
      args: [...await sourceArgs(task, wanted), ...args],
      env: net === undefined ? {} : { JUBATUS_NET: net },
      // Paths on the command line are meant from where the user stands.
      cwd: Deno.env.get("INIT_CWD") ?? Deno.cwd(),
      stdin: "inherit",
    };
  }
  if (!scripts.includes(task)) {
    console.error(`no such task: ${task}; there are ${[...scripts, ...roles.map((it) => it.name)].join(", ")}`);
    Deno.exit(2);
  }
  return {
    args: ["run", "-A", ...await importFlags(), `${root}scripts/${task}.ts`, ...args],
    cwd: root,
    stdin: "inherit",
  };
}

/**
 * Hands signals on. What the keyboard sends has reached the child too, as part of the terminal's foreground group;
 * sending it on would count as a second request to stop.
 */
function passSignals(process: Deno.ChildProcess): void {
  const onTerminal = Deno.stdin.isTerminal() || Deno.stdout.isTerminal() || Deno.stderr.isTerminal();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGHUP", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      if (onTerminal && signal !== "SIGTERM") return;
      try {
        process.kill(signal);
      } catch {
        // It has ended by itself.
      }
    });
  }
}
