/** Longer than anything a test waits for. */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;

/** Repeats `condition` until it holds; for what other processes do in their own time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`not true within ${PATIENCE_MS} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
