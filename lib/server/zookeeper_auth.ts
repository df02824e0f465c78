import type { ZookeeperAuth } from "../cluster/zookeeper.ts";
import { StartError } from "./fatal.ts";
import { errorText } from "./system_error.ts";

/**
 * Reads the credentials of `--zookeeper_auth`, one line `user:password`. They stand in a file because everybody on the
 * host can read command lines. None for an empty path.
 */
export function readZookeeperAuth(path: string): ZookeeperAuth[] {
  if (path === "") return [];
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    throw new StartError(`can't read --zookeeper_auth ${path}: ${errorText(error)}`, "stderr", 1, { cause: error });
  }
  const auth = lineOf(bytes);
  // The message must not show what may be half a password.
  if (auth === undefined) throw new StartError(`--zookeeper_auth ${path} is not one line user:password`, "stderr");
  return [{ scheme: "digest", auth }];
}

/** The only line, if it has a user and a password. */
function lineOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /^([^:\r\n]+:[^\r\n]+)\r?\n?$/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
