import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { optionTables } from "../../../cli/option_tables.ts";
import { packageTexts } from "../../../scripts/package/contents.ts";
import { bashCompletion } from "../../../scripts/package/completions.ts";
import { manPage } from "../../../scripts/package/man_page.ts";
import { systemdUnit } from "../../../scripts/package/systemd_units.ts";
import { roles } from "../../../scripts/roles.ts";

const linux = await packageTexts(roles, "x86_64-unknown-linux-gnu");

/** Output of a program, or undefined where it is not installed. */
function output(program: string, args: readonly string[]): string | undefined {
  try {
    const { stdout, stderr } = new Deno.Command(program, { args: [...args], stdin: "null" }).outputSync();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const isMissing = (program: string): boolean => output(program, ["--version"]) === undefined;

/** The package's texts that match, as files. */
async function withFiles(paths: RegExp, use: (files: readonly string[]) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const files = linux.filter((file) => paths.test(file.path)).map(({ path, text }) => {
      const file = `${directory}/${path.replace(/^.*\//, "")}`;
      Deno.writeTextFileSync(file, text);
      return file;
    });
    assert(files.length > 0);
    use(files);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("packageTexts describes every program in a manual page and for three shells", () => {
  const paths = new Set(linux.map((file) => file.path));
  for (const { name } of roles) {
    assert(paths.has(`share/man/man1/${name}.1`), name);
    assert(paths.has(`share/bash-completion/completions/${name}`), name);
    assert(paths.has(`share/zsh/site-functions/_${name}`), name);
    assert(paths.has(`share/fish/vendor_completions.d/${name}.fish`), name);
  }
});

Deno.test("packageTexts has units on Linux only, and neither shells nor manuals on Windows", async () => {
  const units = (files: readonly { path: string }[]): number => files.filter((it) => it.path.startsWith("lib/")).length;
  assert(units(linux) > 0);
  assertEquals(units(await packageTexts(roles, "aarch64-apple-darwin")), 0);
  assertEquals((await packageTexts(roles, "x86_64-pc-windows-msvc")).map((it) => it.path), [
    "LICENSE",
    "share/jubatus/example/shogun.json",
  ]);
});

Deno.test("manPage has every option with its help", () => {
  for (const { name } of roles) {
    const table = optionTables.get(name)!;
    const page = manPage({ name, table, seeAlso: [] }).replaceAll("\\-", "-");
    for (const option of table.options) {
      assertStringIncludes(page, `\\fB--${option.long}\\fR`);
      assertStringIncludes(page, option.help);
    }
  }
});

Deno.test({
  name: "manPage writes what groff formats without a warning",
  ignore: isMissing("groff"),
  fn: () =>
    withFiles(/^share\/man\//, (files) => {
      for (const file of files) assertEquals(output("groff", ["-man", "-Tutf8", "-ww", "-z", file]), "", file);
    }),
});

/** What bash offers for a command line; the last word is being typed. */
function offered(program: string, ...words: readonly string[]): string[] {
  const script = `${bashCompletion(program, optionTables.get(program)!)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _${program}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return output("bash", ["-c", script, "bash", program, ...words])!.split("\n").filter((line) => line !== "");
}

Deno.test({
  name: "bashCompletion offers options and values",
  ignore: isMissing("bash"),
  fn: () => {
    assertEquals(offered("jubaclassifier", "--mi"), ["--mixer"]);
    assertEquals(offered("jubaclassifier", "--log_format", ""), ["text", "json"]);
    assertEquals(offered("jubaclassifier", "--mixer", "=", "r"), ["random_mixer"]);
    assertEquals(offered("jubactl", "-c", "st"), ["start", "stop", "status"]);
    assertEquals(
      offered("jubaclassifier", "-f", "/etc/host"),
      offered("jubaclassifier", "--configpath", "=", "/etc/host"),
    );
    assertEquals(offered("jubaclassifier", "-p", ""), []);
    for (const option of optionTables.get("jubaclassifier")!.options) {
      assert(offered("jubaclassifier", "").includes(`--${option.long}`));
    }
  },
});

for (
  const { shell, paths, check } of [
    { shell: "bash", paths: /^share\/bash-completion\//, check: ["-n"] },
    { shell: "zsh", paths: /^share\/zsh\//, check: ["-n"] },
    { shell: "fish", paths: /^share\/fish\//, check: ["--no-config"] },
  ]
) {
  Deno.test({
    name: `packageTexts has completions that ${shell} can read`,
    ignore: isMissing(shell),
    fn: () =>
      withFiles(paths, (files) => {
        for (const file of files) assertEquals(output(shell, [...check, file]), "", file);
      }),
  });
}

Deno.test("systemdUnit confines every service, and is for no tool", () => {
  for (const role of roles) {
    const text = systemdUnit(role)?.text;
    assertEquals(text !== undefined, ["server", "proxy", "jubavisor"].includes(role.permissions), role.name);
    if (text === undefined) continue;
    for (const line of ["NoNewPrivileges=yes", "ProtectSystem=strict", "User=jubatus", "StateDirectory=jubatus"]) {
      assertStringIncludes(text, `\n${line}\n`);
    }
    assertMatch(text, new RegExp(`^ExecStart=/usr/local/bin/${role.name} .*\\$JUBATUS_OPTIONS$`, "m"));
    const options = new Set(optionTables.get(role.name)!.options.map((option) => option.long));
    for (const [, option] of text.matchAll(/ --([\w-]+)/g)) {
      assert(options.has(option!) || option === "datadir", option);
    }
  }
});

Deno.test({
  name: "systemdUnit writes what systemd understands",
  ignore: isMissing("systemd-analyze"),
  fn: () =>
    withFiles(/\.service$/, (files) => {
      // The programs are not installed here, nor manual pages for them.
      const said = output("systemd-analyze", ["verify", "--man=no", ...files])!.split("\n")
        .filter((line) => line !== "" && !line.includes("is not executable: No such file or directory"));
      assertEquals(said.filter((line) => files.some((file) => line.includes(file.replace(/^.*\//, "")))), []);
    }),
});
