/**
 * `--config_test`: load the configuration, say whether that worked, end.
 *
 * @module
 */
import { diagnostic, reportStartError, StartError } from "./fatal.ts";

/**
 * Runs `load` and returns the exit code. The verdict goes to `print` (standard error), because the log may go
 * elsewhere; a {@link StartError} (a syntax error, say) is reported as it is without `--config_test`.
 */
export async function runConfigTest(load: () => void | Promise<void>, print: (text: string) => void): Promise<number> {
  try {
    await load();
  } catch (error) {
    if (error instanceof StartError) return reportStartError(error, "");
    print(`Configuration error:\n${diagnostic(error)}\n`);
    return 1;
  }
  print("Configuration OK\n");
  return 0;
}
