/**
 * What `get_status` says about the process.
 *
 * @module
 */

/** Memory in KiB as decimal text; "0" where unknown. */
export interface MemoryStatus {
  /** Address space. */
  readonly VIRT: string;
  /** Resident set. */
  readonly RSS: string;
  /** Resident pages that are shared. */
  readonly SHR: string;
}

/** /proc counts in pages of this size on the common Linux platforms. */
const PAGE_KIB = 4;

/**
 * Memory of this process. Deno opens /proc/self only to programs with all permissions; without them only the resident
 * set is known.
 */
export function memoryStatus(): MemoryStatus {
  const pages = attempt(() => Deno.readTextFileSync("/proc/self/statm"))?.split(" ").map(Number);
  if (pages === undefined) {
    return { VIRT: "0", RSS: String(Math.round(Deno.memoryUsage().rss / 1024)), SHR: "0" };
  }
  const [virtual, resident, shared] = pages.map((count) => String(count * PAGE_KIB));
  return { VIRT: virtual ?? "0", RSS: resident ?? "0", SHR: shared ?? "0" };
}

/** Login name of the real user: from the password file, else from the environment, else the number. */
export function userName(): string {
  const uid = attempt(() => Deno.uid());
  const passwords = attempt(() => Deno.readTextFileSync("/etc/passwd"));
  const name = uid === null || uid === undefined ? undefined : nameOfUser(uid, passwords ?? "");
  return name ?? attempt(() => Deno.env.get("USER") ?? Deno.env.get("USERNAME")) ?? String(uid ?? "");
}

/** Looks `uid` up in the text of a password file. */
export function nameOfUser(uid: number, passwords: string): string | undefined {
  return passwords.split("\n").map((line) => line.split(":")).find((fields) => fields[2] === String(uid))?.[0];
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Status must not fail because a permission is missing. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
