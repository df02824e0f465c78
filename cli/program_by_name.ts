/**
 * One executable file for several programs: it is the program that it is called. Programs with the same permissions
 * share a file, since each file carries the whole runtime.
 *
 * @module
 */
import { argv0 } from "node:process";
import { baseName } from "../lib/server/process_status.ts";

/** Runs the program that the file is called, such as `jubastat` or `jubastat-1.1.exe`. */
export async function runByName(programs: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  const called = baseName(argv0);
  // The longest name that fits.
  const name = Object.keys(programs).sort().findLast((it) => called.startsWith(it));
  if (name === undefined) {
    console.error(`this file must be called ${Object.keys(programs).join(", ")} or begin so, not ${called}`);
    Deno.exit(2);
  }
  await programs[name]!();
}
