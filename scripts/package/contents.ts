/**
 * What a package holds beside the executables: manual pages, completions, units, a configuration to start with.
 *
 * @module
 */
import { optionTables } from "../../cli/option_tables.ts";
import type { OptionTable } from "../../cli/options.ts";
import { type Role, root } from "../roles.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completions.ts";
import { manPage } from "./man_page.ts";
import { systemdUnit, sysusers } from "./systemd_units.ts";

/** One text file; the path is relative to the package. */
export interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** All files but the executables and the checksums, for a package with these programs. */
export async function packageTexts(roles: readonly Role[], target: string): Promise<PackageFile[]> {
  const files: PackageFile[] = [
    { path: "LICENSE", text: await Deno.readTextFile(`${root}LICENSE`) },
    { path: "share/jubatus/example/shogun.json", text: await Deno.readTextFile(`${root}scripts/shogun.json`) },
  ];
  if (target.includes("windows")) return files;
  const names = roles.map((role) => role.name);
  for (const role of roles) {
    const { name } = role;
    const table = tableOf(name);
    files.push(
      { path: `share/man/man1/${name}.1`, text: manPage({ name, table, seeAlso: names }) },
      { path: `share/bash-completion/completions/${name}`, text: bashCompletion(name, table) },
      { path: `share/zsh/site-functions/_${name}`, text: zshCompletion(name, table) },
      { path: `share/fish/vendor_completions.d/${name}.fish`, text: fishCompletion(name, table) },
    );
    const unit = target.includes("linux") ? systemdUnit(role) : undefined;
    if (unit !== undefined) files.push({ path: `lib/systemd/system/${unit.name}`, text: unit.text });
  }
  if (target.includes("linux")) files.push({ path: "lib/sysusers.d/jubatus.conf", text: sysusers });
  return files;
}

function tableOf(name: string): OptionTable {
  const table = optionTables.get(name);
  if (table === undefined) throw new Error(`${name} has no option table`);
  return table;
}
