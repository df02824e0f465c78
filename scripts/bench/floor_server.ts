/**
 * The floor: a server on the project's own RPC layer that finds the messages and answers each with a constant. What
 * our servers add to it is the price of everything above that layer.
 *
 *   deno run -A scripts/bench/floor_server.ts PORT
 *
 * @module
 */
import { RpcServer } from "../../lib/rpc/server.ts";
import { writeReplyHead } from "../../lib/rpc/reply.ts";

new RpcServer({
  handle(request, replies): void {
    writeReplyHead(replies, request.id);
    replies.writeInt(1);
  },
}, { hostname: "127.0.0.1", port: Number(Deno.args[0]) });
