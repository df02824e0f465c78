/**
 * Everything that can be said about the sources without running them: format, lint, types, documentation, import
 * directions, and whether the package could be published. Runs all, then exits 1 if any failed.
 *
 * @module
 */
import { chooseRegistry, importFlags } from "./registry.ts";
import { root } from "./roles.ts";

const imports = await importFlags();
const steps: readonly { title: string; args: readonly string[] }[] = [
  { title: "format", args: ["fmt", "--check"] },
  { title: "lint", args: ["lint"] },
  { title: "types", args: ["check", ...imports, "."] },
  { title: "documentation", args: ["doc", "--lint", ...imports, "mod.ts"] },
  { title: "import directions", args: ["run", "-A", "--no-config", "scripts/check_imports.ts"] },
];

const failed: string[] = [];
for (const { title, args } of steps) await step(title, args);
if (await chooseRegistry() === "jsr") await step("package", ["publish", "--dry-run", "--allow-dirty"]);
else console.log("== package: not tried, since jsr.io cannot be reached; lint has looked for slow types");
console.log(failed.length === 0 ? "\nall checks passed" : `\nfailed: ${failed.join(", ")}`);
Deno.exit(failed.length === 0 ? 0 : 1);

async function step(title: string, args: readonly string[]): Promise<void> {
  console.log(`== ${title}: deno ${args.join(" ")}`);
  const { success } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: root }).spawn().status;
  if (!success) failed.push(title);
}
