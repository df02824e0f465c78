/** How push mixers end. */
import { assertEquals, assertRejects } from "@std/assert";
import { StoppingError } from "../../lib/mix/mixer.ts";
import { PushMixer } from "../../lib/mix/push_mixer.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { replyBytes } from "../support/wire_call.ts";
import { withMixer } from "./mixer_setup.ts";

Deno.test("PushMixer exchanges with nobody else when it is stopped, and tells who asked for it", async () => {
  await using first = new ScriptedPeer();
  await using second = new ScriptedPeer();
  const peers = [first, second].sort((a, b) => `${a.port}` < `${b.port}` ? -1 : 1) as [ScriptedPeer, ScriptedPeer];
  await withMixer(
    (options) => new PushMixer("broadcast_mixer", options),
    async ({ clock, join, call, stop, logged }) => {
      await clock.advance(1000);
      assertEquals(logged("active created"), 1);
      await join(...peers.map((peer) => peer.port));
      const rounds = [call("do_mix"), call("do_mix")].map((round) =>
        assertRejects(() => round, StoppingError, "this server is being stopped")
      );
      const { connection, id, method } = await peers[0].next();
      assertEquals(method, "pull");
      const stopped = stop();
      await peers[0].send(connection, ...replyBytes(id, "not today", null));
      await Promise.all(rounds);
      await stopped;
      assertEquals(peers.map((peer) => peer.connections), [1, 0]);
      assertEquals([logged("do_mix failed"), logged("error in mix thread")], [0, 0]);
    },
  );
});
