import { assertEquals } from "@std/assert";
import { RpcClient } from "../../lib/rpc/client.ts";
import { KEPT_RESULT_BYTES } from "../../lib/rpc/link.ts";
import { RpcServer } from "../../lib/rpc/server.ts";
import { writeReplyHead } from "../../lib/rpc/reply.ts";

/** Answers with the parameters. */
function echoServer(): RpcServer {
  return new RpcServer({
    handle(request, replies): void {
      writeReplyHead(replies, request.id);
      replies.append(request.bytes, request.paramsStart, request.paramsEnd);
    },
  }, { hostname: "127.0.0.1", port: 0 });
}

Deno.test("RpcClient sends bytes that were lent in their place, between other requests", async () => {
  await using server = echoServer();
  await using client = new RpcClient({ host: "127.0.0.1", port: server.port });
  const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => i);
  const calls = Array.from({ length: 6 }, (_, i) =>
    client.call("echo", (writer, lend) => {
      writer.writeArrayHeader(3);
      writer.writeInt(i);
      if (i % 2 === 0) {
        writer.writeRawHeader(large.length, false);
        lend(large);
      } else {
        writer.writeRaw(large, 0, i);
      }
      writer.writeBoolean(true);
    }, (result) => {
      result.expectArray(3);
      return { i: result.readInteger(), bytes: result.readRaw().slice(), isEnd: result.readBoolean() };
    }));
  for (const [i, { i: number, bytes, isEnd }] of (await Promise.all(calls)).entries()) {
    assertEquals([number, isEnd], [i, true]);
    assertEquals(bytes, i % 2 === 0 ? large : large.slice(0, i));
  }
});

Deno.test("RpcClient leaves the bytes of a large result alone while others come", async () => {
  await using server = echoServer();
  await using client = new RpcClient({ host: "127.0.0.1", port: server.port });
  const contents = [1, 2, 3, 4].map((fill) => new Uint8Array(KEPT_RESULT_BYTES + fill).fill(fill));
  const results = await Promise.all(contents.map((content) =>
    client.call("echo", (writer) => {
      writer.writeArrayHeader(1);
      writer.writeRaw(content);
    }, (result) => {
      result.expectArray(1);
      return result.readRaw();
    })
  ));
  assertEquals(results, contents);
});
