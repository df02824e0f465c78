/** Below those that systems give to connections: what listens here finds its port free again after a restart. */
const FIRST = 10_000;
const LAST = 32_000;
/** Programs that take the ports after theirs, too, get in nobody's way. */
const STRIDE = 20;

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/**
 * A TCP port on the loopback address that nothing listens on now, another one each time. The `wanted` one, if it is free.
 *
 * Does not reserve it: who needs it should bind it soon.
 */
export function freePort(wanted?: number): number {
  if (wanted !== undefined && isFree(wanted)) return wanted;
  for (let tries = 0; tries < (LAST - FIRST) / STRIDE; tries++) {
    next = FIRST + (next - FIRST + STRIDE) % (LAST - FIRST);
    if (isFree(next)) return next;
  }
  throw new Error(`no port from ${FIRST} to ${LAST} is free`);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
