/**
 * Completions for bash, zsh and fish, made from the option tables that `--help` is printed from.
 *
 * @module
 */
import { helpOption, type Option, type OptionTable, type ValueHint } from "../../cli/options.ts";

/** What to complete after an option that takes a value. */
type Values = { readonly words: readonly string[] } | { readonly hint: ValueHint } | "nothing";

function valuesOf(option: Option): Values {
  if (option.type !== "string") return "nothing";
  const words = option.choices ?? option.suggestions;
  if (words !== undefined) return { words };
  return option.hint === undefined ? "nothing" : { hint: option.hint };
}

/** All options, `--help` included. */
function optionsOf(table: OptionTable): readonly Option[] {
  return [...table.options, helpOption];
}

/** For `share/bash-completion/completions/NAME`. */
export function bashCompletion(name: string, table: OptionTable): string {
  const options = optionsOf(table);
  const cases = options.filter((option) => option.type !== "flag").map((option) => {
    const words = [`--${option.long}`, ...option.short === undefined ? [] : [`-${option.short}`]];
    return `    ${words.join("|")})\n      COMPREPLY=(${bashValues(valuesOf(option))})\n      return ;;`;
  });
  const words = options.map((option) => `--${option.long}`).join(" ");
  return `# bash completion for ${name}
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  # Bash makes three words of --name=value.
  if [ "$cur" = "=" ]; then cur=; elif [ "$prev" = "=" ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $prev in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "${words}" -- "$cur"))
}
complete -F _${name} ${name}
`;
}

function bashValues(values: Values): string {
  if (values === "nothing") return "";
  if ("words" in values) return `$(compgen -W "${values.words.join(" ")}" -- "$cur")`;
  switch (values.hint) {
    case "file":
      return '$(compgen -f -- "$cur")';
    case "directory":
      return '$(compgen -d -- "$cur")';
    case "interface":
      return '$(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")';
    case "program":
      return '$(compgen -c -- "${cur:-juba}")';
    case "hosts":
      return '$(compgen -A hostname -- "$cur")';
    default:
      return "";
  }
}

/** For `share/zsh/site-functions/_NAME`. */
export function zshCompletion(name: string, table: OptionTable): string {
  const specs = optionsOf(table).map((option) => {
    const description = option.help.replace(/[\\[\]]/g, "\\$&").replaceAll("'", "'\\''");
    const { long, short } = option;
    if (option.type === "flag") {
      const forms = short === undefined ? `'` : `'(-${short} --${long})'{-${short},--${long}}'`;
      return short === undefined ? `${forms}--${long}[${description}]'` : `${forms}[${description}]'`;
    }
    const value = `[${description}]:${option.type === "string" ? option.hint ?? "value" : "number"}:${
      zshValues(valuesOf(option))
    }'`;
    return short === undefined ? `'--${long}=${value}` : `'(-${short} --${long})'{-${short},--${long}=}'${value}`;
  });
  return `#compdef ${name}\n_arguments \\\n${specs.map((spec) => `  ${spec}`).join(" \\\n")}\n`;
}

function zshValues(values: Values): string {
  if (values === "nothing") return " ";
  if ("words" in values) return `(${values.words.join(" ")})`;
  switch (values.hint) {
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "interface":
      return "_net_interfaces";
    case "program":
      return "_command_names -e";
    case "hosts":
      return "_hosts";
    default:
      return " ";
  }
}

/** For `share/fish/vendor_completions.d/NAME.fish`. */
export function fishCompletion(name: string, table: OptionTable): string {
  const lines = optionsOf(table).map((option) => {
    const short = option.short === undefined ? "" : ` -s ${fishQuoted(option.short)}`;
    const value = option.type === "flag" ? "" : fishValues(valuesOf(option));
    return `complete -c ${name} -l ${option.long}${short}${value} -d ${fishQuoted(option.help)}`;
  });
  return `complete -c ${name} -f\n${lines.join("\n")}\n`;
}

function fishValues(values: Values): string {
  if (values === "nothing") return " -x";
  if ("words" in values) return ` -x -a ${fishQuoted(values.words.join(" "))}`;
  switch (values.hint) {
    case "file":
      return " -r -F";
    case "directory":
      return " -x -a '(__fish_complete_directories)'";
    case "interface":
      return " -x -a '(__fish_print_interfaces)'";
    case "program":
      return " -x -a '(complete -C juba)'";
    case "hosts":
      return " -x -a '(__fish_print_hostnames)'";
    default:
      return " -x";
  }
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
