/**
 * Operating-system errors in the words of the C library, which is how the original reports them.
 *
 * @module
 */

/** The errors that can end a start: code, text and number (of Linux). */
const KNOWN: ReadonlyMap<string, readonly [text: string, number: number]> = new Map([
  ["EPERM", ["Operation not permitted", 1]],
  ["ENOENT", ["No such file or directory", 2]],
  ["EIO", ["Input/output error", 5]],
  ["EACCES", ["Permission denied", 13]],
  ["ENODEV", ["No such device", 19]],
  ["ENOTDIR", ["Not a directory", 20]],
  ["EISDIR", ["Is a directory", 21]],
  ["EINVAL", ["Invalid argument", 22]],
  ["EMFILE", ["Too many open files", 24]],
  ["ENOSPC", ["No space left on device", 28]],
  ["EROFS", ["Read-only file system", 30]],
  ["ENAMETOOLONG", ["File name too long", 36]],
  ["ELOOP", ["Too many levels of symbolic links", 40]],
  ["EADDRINUSE", ["Address already in use", 98]],
  ["EADDRNOTAVAIL", ["Cannot assign requested address", 99]],
]);

/** The error's code such as `ENOENT`; empty when it is no system error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** "No such file or directory" for `ENOENT`; the error's own message when the code is unknown. */
export function errorText(error: unknown): string {
  return KNOWN.get(errorCode(error))?.[0] ?? (error instanceof Error ? error.message : String(error));
}

/** "No such file or directory (2)". */
export function errorTextWithNumber(error: unknown): string {
  return codeTextWithNumber(errorCode(error)) ?? errorText(error);
}

/** "No such device (19)" for `ENODEV`; undefined for an unknown code. */
export function codeTextWithNumber(code: string): string | undefined {
  const known = KNOWN.get(code);
  return known && `${known[0]} (${known[1]})`;
}
