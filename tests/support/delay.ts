/** The timers there are, also while a test has others (`FakeTime`). */
export const { setTimeout, clearTimeout } = globalThis;

/** Resolves after some milliseconds. For polling what tells of itself in no other way; never in place of a condition. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
