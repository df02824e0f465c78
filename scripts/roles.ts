/**
 * The executables and what each may do. The permission sets themselves stand in deno.json, where
 * `deno run -P=NAME` finds them too.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { SERVICES } from "../cli/option_tables.ts";
import project from "../deno.json" with { type: "json" };

/** One executable: `cli/<name>.ts`, run with a permission set of deno.json. */
export interface Role {
  readonly name: string;
  readonly permissions: keyof typeof project.permissions;
}

/** Every executable, in the order they are built. */
export const roles: readonly Role[] = [
  ...SERVICES.flatMap((service): Role[] => [
    { name: `juba${service}`, permissions: "server" },
    { name: `juba${service}_proxy`, permissions: "proxy" },
  ]),
  { name: "jubavisor", permissions: "jubavisor" },
  { name: "jubactl", permissions: "jubactl" },
  { name: "jubaconfig", permissions: "jubaconfig" },
  { name: "jubaconv", permissions: "jubaconv" },
];

/** What is compiled where several programs with the same permissions share one file. */
export const sharedEntries: Readonly<Partial<Record<Role["permissions"], string>>> = {
  server: "cli/server_programs.ts",
  proxy: "cli/proxy_programs.ts",
};

/**
 * Settings of V8 by permission set. As tasks of the event loop, the steps of a garbage collection follow each other
 * without a look at sockets; other threads and allocations get it done as well. See the pauses of
 * `deno task bench --only mix`.
 */
const v8Flags: Readonly<Partial<Record<Role["permissions"], string>>> = { server: "--no-incremental-marking-task" };

/** Where executables usually lie: what they may start is looked for there. */
export const installDirectories: readonly string[] = ["/usr/local/bin", "/usr/bin", "/opt/jubatus/bin"];

/** The executables that make sense on a platform: servers need signals and sockets as Unix has them. */
export function rolesFor(target: string): readonly Role[] {
  if (!target.includes("windows")) return roles;
  return roles.filter((role) => ["jubactl", "jubaconfig", "jubaconv"].includes(role.permissions));
}

/** The root of the source tree. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** Flags of one role, in the form `deno run` and `deno compile` take. */
export interface RoleFlags {
  readonly flags: string[];
  /** The network list in force, as the program shall name it in an error; undefined where it has no network. */
  readonly net: string | undefined;
}

/** How the permission set of a role is narrowed or widened. */
export interface RoleFlagOptions {
  /**
   * Replaces the addresses of the set, or with a leading `+` adds to them; listening on every interface stays possible
   * where the set has it. `all` lifts the limit.
   */
  readonly net?: string | undefined;
  /** Where the programs that may be started lie; wherever `PATH` finds them when not given. */
  readonly programDirectories?: readonly string[];
}

/** Writes a role's permission set, and its settings of V8, as flags. */
export function roleFlags(role: Role, { net, programDirectories }: RoleFlagOptions = {}): RoleFlags {
  const set: Record<string, boolean | string[]> = { ...project.permissions[role.permissions] };
  if (Array.isArray(set.net) && net !== undefined) set.net = chooseNet(set.net, net);
  if (Array.isArray(set.run) && programDirectories !== undefined) {
    set.run = set.run.flatMap((name) => programDirectories.map((directory) => `${directory}/${name}`));
  }
  const flags = ["--no-prompt"];
  for (const [kind, value] of Object.entries(set)) {
    if (value === true) flags.push(`--allow-${kind}`);
    else if (Array.isArray(value)) flags.push(`--allow-${kind}=${value.join(",")}`);
  }
  const ofV8 = v8Flags[role.permissions];
  if (ofV8 !== undefined) flags.push(`--v8-flags=${ofV8}`);
  return { flags, net: Array.isArray(set.net) ? set.net.join(",") : set.net ? "all" : undefined };
}

function chooseNet(list: string[], wanted: string): true | string[] {
  if (wanted === "all") return true;
  const extra = wanted.replace(/^\+/, "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  for (const entry of extra) {
    if (/:.*:.*\/\d+$/.test(entry)) {
      throw new Error(`${entry}: ranges of IPv6 addresses cannot be granted; name single addresses such as [fd00::1]`);
    }
  }
  const kept = wanted.startsWith("+") ? list : list.filter((entry) => entry === "0.0.0.0" || entry === "[::]");
  return [...new Set([...kept, ...extra])];
}
