/** What a linear mixer still counts as unmixed, how it ends, and whom it takes for active, at a clock that the test moves. */
import { assertEquals, assertRejects } from "@std/assert";
import { ClusterLock } from "../../lib/cluster/lock.ts";
import { LinearMixer } from "../../lib/mix/linear_mixer.ts";
import { type MixerOptions, StoppingError } from "../../lib/mix/mixer.ts";
import type { DiffFold, Mixable } from "../../lib/model/mixable.ts";
import type { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { freePort } from "../support/free_port.ts";
import { settle } from "../support/manual_clock.ts";
import { written } from "../support/packed.ts";
import { type ReceivedRequest, ScriptedPeer } from "../support/scripted_peer.ts";
import { until } from "../support/until.ts";
import { replyBytes } from "../support/wire_call.ts";
import type { WireValue } from "../support/wire_value.ts";
import { modelOf, withMixer } from "./mixer_setup.ts";

/** A part whose difference is a number that means nothing. It accepts 1, and refuses 0. */
class FakePart implements Mixable {
  readonly version = 1;

  *writeDiff(writer: Writer): Generator<void> {
    yield;
    writer.writeInt(1);
  }

  createFold(): DiffFold {
    return {
      check: (reader) => reader.skip(),
      *add(reader: Reader): Generator<void> {
        yield;
        reader.skip();
      },
      *write(writer: Writer): Generator<void> {
        yield;
        writer.writeInt(1);
      },
    };
  }

  checkDiff(reader: Reader): void {
    reader.skip();
  }

  *apply(reader: Reader): Generator<void, boolean> {
    yield;
    return reader.readInteger() === 1;
  }

  adopt(): void {}
}

const make = (options: MixerOptions): LinearMixer => new LinearMixer(options);
/** Others are given up soon. */
const makeImpatient = (options: MixerOptions): LinearMixer => new LinearMixer({ ...options, timeoutMs: 100 });
/** The difference of such a part, or what it refuses. */
const difference = (value = 1): string => String.fromCharCode(0x91, value);
const ROUND = "got ZooKeeper lock, starting mix";

/** The parameters of a master that says whether this server's difference is part of the folded one. */
function putParams(isSource: boolean, diff: string = difference()): Uint8Array {
  return written((writer) => {
    writer.writeArrayHeader(isSource ? 1 : 2);
    writer.writeByteString(diff);
    if (!isSource) writer.writeBoolean(false);
  });
}

/** The next request, which must be a call of `method`. */
async function asked(peer: ScriptedPeer, method: string): Promise<ReceivedRequest> {
  const request = await peer.next();
  assertEquals(request.method, method);
  return request;
}

async function answer(peer: ScriptedPeer, request: ReceivedRequest, error: WireValue, result: WireValue = null) {
  await peer.send(request.connection, ...replyBytes(request.id, error, result));
}

Deno.test("LinearMixer counts what was learned after its difference was sent, and mixes it by itself", () =>
  withMixer(make, async ({ mixer, clock, call, count, logged }) => {
    await clock.advance(1000);
    for (let i = 0; i < 2; i++) mixer.updated();
    await call("get_diff");
    mixer.updated();
    assertEquals(count(), 3);
    await call("put_diff", putParams(true));
    assertEquals(count(), 1);
    await clock.advance(15_000);
    assertEquals(logged(ROUND), 0);
    await clock.advance(2000);
    assertEquals(logged(ROUND), 1);
    await call("get_diff");
    await call("put_diff", putParams(true));
    assertEquals(count(), 0);
  }, modelOf(new FakePart())));

Deno.test("LinearMixer goes on counting what is not part of the folded difference, or was refused", () =>
  withMixer(make, async ({ mixer, clock, call, count, logged }) => {
    await clock.advance(1000);
    mixer.updated();
    await call("get_diff");
    await call("put_diff", putParams(false));
    assertEquals(count(), 1);
    // What was sent in vain belongs to no later round.
    await call("put_diff", putParams(true));
    assertEquals(count(), 1);
    await call("get_diff");
    await call("put_diff", putParams(true, difference(0)));
    assertEquals(count(), 1);
    assertEquals(logged("I'm obsolete. I become inactive."), 1);
    await clock.advance(17_000);
    assertEquals(logged(ROUND), 1);
  }, modelOf(new FakePart())));

Deno.test("LinearMixer tries a round that failed again after the interval, not before", () =>
  withMixer(make, async ({ mixer, clock, count, logged, join }) => {
    await clock.advance(1000);
    // Nobody listens there.
    await join(freePort());
    const fails = async (times: number): Promise<void> => {
      await until(() => logged("mix fails (all get_diffs fail)") === times);
      await settle();
    };
    for (let i = 0; i < 3; i++) mixer.updated();
    await clock.advance(1);
    await fails(1);
    assertEquals(count(), 3);
    await clock.advance(15_000);
    assertEquals(logged(ROUND), 1);
    await clock.advance(2000);
    await fails(2);
    assertEquals(count(), 3);
  }, modelOf(new FakePart())));

Deno.test("LinearMixer counts what it has sent when another model has replaced its own since", async () => {
  await using peer = new ScriptedPeer();
  await withMixer(make, async ({ mixer, clock, call, count, join }) => {
    await clock.advance(1000);
    for (let i = 0; i < 2; i++) mixer.updated();
    await call("get_diff");
    await join(peer.port);
    await call("put_diff", putParams(true, difference(0)));
    await clock.advance(500);
    await answer(peer, await asked(peer, "get_model"), null, [1n, ""]);
    const request = await asked(peer, "get_diff");
    // The late result of the round that it was asked for before.
    await call("put_diff", putParams(true));
    assertEquals(count(), 2);
    await answer(peer, request, "not today");
  }, modelOf(new FakePart()));
});

Deno.test("LinearMixer ends rounds that wait for the lock when it is stopped, and tells who asked for them", () =>
  withMixer(make, async ({ call, stop, tree, membership, clock, logged }) => {
    await clock.advance(1000);
    await new ClusterLock(tree.connect(), membership.paths.masterLock, "write").tryLock();
    const rounds = [call("do_mix"), call("do_mix")].map((round) =>
      assertRejects(() => round, StoppingError, "this server is being stopped")
    );
    await clock.advance(10_000);
    // The clock stands still from here on.
    await stop();
    await Promise.all(rounds);
    await assertRejects(() => call("do_mix"), StoppingError);
    assertEquals(logged("do_mix failed"), 0);
  }));

Deno.test("LinearMixer says which lock it has waited for, and how long, when it gives up a round", () =>
  withMixer(make, async ({ call, tree, membership, clock, logged }) => {
    await clock.advance(1000);
    await new ClusterLock(tree.connect(), membership.paths.masterLock, "write").tryLock();
    const round = call("do_mix");
    await clock.advance(61_000);
    assertEquals(await round, false);
    const lock = "/jubatus/actors/classifier/x/master_lock";
    assertEquals(logged(`do_mix failed: another server has held the lock ${lock} for 60 seconds`), 1);
  }));

Deno.test("LinearMixer finishes the round under way, and begins no other, when it is stopped", async () => {
  await using peer = new ScriptedPeer();
  await withMixer(make, async ({ mixer, call, stop, join, clock, logged }) => {
    await clock.advance(1000);
    await join(peer.port);
    const round = call("do_mix");
    const request = await asked(peer, "get_diff");
    // The next round is due, and waits for its turn.
    for (let i = 0; i < 3; i++) mixer.updated();
    await clock.advance(500);
    const stopped = stop();
    await answer(peer, request, null, difference());
    await answer(peer, await asked(peer, "put_diff"), null, 0n);
    assertEquals(await round, true);
    await stopped;
    assertEquals([logged("mixed with"), logged(ROUND)], [1, 0]);
  }, modelOf(new FakePart()));
});

Deno.test("LinearMixer takes a server that has not confirmed the folded difference in time off the active ones", async () => {
  await using peer = new ScriptedPeer();
  await withMixer(makeImpatient, async ({ call, join, clock, tree, membership }) => {
    await clock.advance(1000);
    await join(peer.port);
    const others = tree.connect();
    const { port } = peer;
    await others.create(membership.paths.active({ host: "127.0.0.1", port }), "ephemeral");
    await using healthy = new ScriptedPeer();
    await join(healthy.port);
    const round = call("do_mix");
    await answer(peer, await asked(peer, "get_diff"), null, difference());
    await answer(healthy, await asked(healthy, "get_diff"), null, difference());
    await answer(healthy, await asked(healthy, "put_diff"), null, 0n);
    await asked(peer, "put_diff");
    assertEquals(await round, true);
    assertEquals(await membership.actives(), [{ host: "127.0.0.1", port: 1 }]);
  }, modelOf(new FakePart()));
});
