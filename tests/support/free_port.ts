/**
 * A TCP port on the loopback address that nothing listens on now. The `wanted` one, if it is free.
 *
 * Does not reserve it: who needs it should bind it soon.
 */
export function freePort(wanted = 0): number {
  for (const port of wanted === 0 ? [0] : [wanted, 0]) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || port === 0) throw error;
    }
  }
  throw new Error("unreachable: port 0 is always free");
}
