/**
 * The floor of a proxy: hands bytes on, both ways, without looking at them, over a connection to the server for each of
 * a client's. What a proxy adds to it is the price of messages.
 *
 *   deno run -A scripts/bench/pipe.ts PORT SERVER_PORT
 *
 * @module
 */
const BUFFER_BYTES = 256 * 1024;
const [port, serverPort] = Deno.args.map(Number);

async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  from.setNoDelay(true);
  try {
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      for (let sent = 0; sent < size;) sent += await to.write(buffer.subarray(sent, size));
    }
    await to.closeWrite();
  } catch {
    // Either side is gone.
  }
}

for await (const client of Deno.listen({ hostname: "127.0.0.1", port: port! })) {
  const server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort! });
  void pump(client, server);
  void pump(server, client);
}
