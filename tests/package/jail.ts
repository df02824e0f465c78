/**
 * An empty directory tree, with a network of its own that only has a loopback interface, for one executable and the C
 * library it needs.
 *
 * @module
 */
import { importFlags } from "../../scripts/registry.ts";
import { until } from "../support/until.ts";

/** Why no such place can be made here; undefined when it can. */
export function jailObstacle(): string | undefined {
  if (Deno.build.os !== "linux") return "it takes Linux";
  if (Deno.uid() !== 0) return "it takes root";
  for (const program of ["unshare", "nsenter", "chroot", "ip", "ldd"]) {
    try {
      new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    } catch {
      return `there is no ${program}`;
    }
  }
  const { success } = new Deno.Command("unshare", {
    args: ["--net", "--mount", "--pid", "--fork", "mount", "-t", "proc", "proc", "/proc"],
    stderr: "null",
  }).outputSync();
  return success ? undefined : "namespaces cannot be made, as within most containers";
}

/** The tree and the process in it. */
export class Jail implements AsyncDisposable {
  readonly #directory: string;
  /** The executable's path in the tree. */
  readonly #program: string;
  #process: Deno.ChildProcess | undefined;

  private constructor(directory: string, program: string) {
    this.#directory = directory;
    this.#program = program;
  }

  /** Puts an executable and its libraries into a new tree, beside `files` and a folder /data that anyone may write to. */
  static async make(executable: string, files: Readonly<Record<string, string>>): Promise<Jail> {
    const directory = await Deno.makeTempDir({ prefix: "jail-test-" });
    await Deno.chmod(directory, 0o755);
    for (const folder of ["data", "proc"]) await Deno.mkdir(`${directory}/${folder}`);
    await Deno.chmod(`${directory}/data`, 0o777);
    for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(directory + path, text);
    const { stdout } = await new Deno.Command("ldd", { args: [executable] }).output();
    for (const [library] of new TextDecoder().decode(stdout).matchAll(/\/\S+/g)) {
      await Deno.mkdir(directory + library.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(library, directory + library);
    }
    const program = executable.replace(/^.*\//, "/");
    await Deno.copyFile(executable, directory + program);
    return new Jail(directory, program);
  }

  /** Starts the executable in the tree, as nobody. The process file system is all that is added: it finds itself there. */
  start(args: readonly string[]): void {
    // The shell stays: it dies with unshare, and all processes of the tree with it.
    const script = 'ip link set lo up && mount -t proc proc "$0/proc" && ' +
      'chroot --userspec=65534:65534 "$0" "$@"; exit $?';
    this.#process = new Deno.Command("unshare", {
      args: [
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        script,
        this.#directory,
        this.#program,
        ...args,
      ],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a script outside the tree, but in its network. */
  async run(script: string): Promise<Deno.CommandOutput> {
    const deno = [Deno.execPath(), "run", "-q", "-A", "--no-check", ...await importFlags(), script];
    const network = `/proc/${this.#process!.pid}/ns/net`;
    const ours = await Deno.readLink("/proc/self/ns/net");
    await until(async () => await Deno.readLink(network) !== ours);
    return await new Deno.Command("nsenter", {
      args: [`--net=${network}`, ...deno],
      stdin: "null",
    }).output();
  }

  /** Kills the process and returns what it printed. */
  async stop(): Promise<string> {
    const process = this.#process;
    if (process === undefined) return "";
    this.#process = undefined;
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    const { stdout, stderr } = await process.output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#directory, { recursive: true });
  }
}
