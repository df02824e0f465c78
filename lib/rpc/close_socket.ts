/**
 * Closes a socket for the other side too. `close` alone, called during a read, leaves the connection open until the
 * other side sends something (denoland/deno#35292, seen in Deno 2.8.3); what ends it is shutting down its writing half.
 * The read settles when the other side closes as well.
 */
export function closeSocket(socket: Deno.TcpConn): void {
  try {
    socket.closeWrite().catch(() => {});
    socket.close();
  } catch {
    // closed already
  }
}
