import { root } from "../roles.ts";

/** A file that shows that a directory holds the data sets. */
const SIGN = "a9a";

/**
 * The first directory named `data` with data sets in it, in the source tree or in a directory beside it; `data` in the
 * tree when there is none.
 */
export function findDataDirectory(): string {
  const candidates = [`${root}data`, `${root}../data`];
  for (const { name, isDirectory } of Deno.readDirSync(`${root}..`)) {
    if (isDirectory) candidates.push(`${root}../${name}/data`);
  }
  return candidates.find((directory) => exists(`${directory}/${SIGN}`)) ?? candidates[0]!;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
