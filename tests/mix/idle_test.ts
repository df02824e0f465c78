/** When mixers mix by themselves, and with whom: a server alone in memory, at a clock that the test moves. */
import { assertEquals } from "@std/assert";
import { LinearMixer } from "../../lib/mix/linear_mixer.ts";
import { PushMixer } from "../../lib/mix/push_mixer.ts";
import { freePort } from "../support/free_port.ts";
import { until } from "../support/until.ts";
import { withMixer } from "./mixer_setup.ts";

Deno.test("LinearMixer begins no round when nothing was learned, and one when something is old", () =>
  withMixer((options) => new LinearMixer(options), async ({ mixer, clock, logged }) => {
    const rounds = (): number => logged("got ZooKeeper lock, starting mix");
    await clock.advance(1000);
    assertEquals(logged("active created"), 1);
    await clock.advance(3_600_000);
    assertEquals(rounds(), 0);
    mixer.updated();
    await clock.advance(600);
    assertEquals(rounds(), 1);
    mixer.updated();
    await clock.advance(15_000);
    assertEquals(rounds(), 1);
    await clock.advance(2000);
    assertEquals(rounds(), 2);
    for (let i = 0; i < 3; i++) mixer.updated();
    await clock.advance(1);
    assertEquals(rounds(), 3, "so many updates are not waited with");
  }));

Deno.test("PushMixer begins rounds by time, also when nothing was learned", () =>
  withMixer((options) => new PushMixer("random_mixer", options), async ({ mixer, clock, logged }) => {
    const rounds = (): number => logged("no server exists, skipping mix");
    await clock.advance(1000);
    assertEquals([rounds(), logged("active created")], [1, 1]);
    await clock.advance(14_000);
    assertEquals(rounds(), 1);
    await clock.advance(3000);
    assertEquals(rounds(), 2);
    await clock.advance(17_000);
    assertEquals(rounds(), 3);
    for (let i = 0; i < 3; i++) mixer.updated();
    await clock.advance(1);
    assertEquals(rounds(), 4);
  }));

Deno.test("PushMixer with skip_mixer chooses the 4th, 2nd and next of 8 servers", () =>
  withMixer(
    (options) => new PushMixer("skip_mixer", options),
    async ({ mixer, clock, logged, membership, tree, join }) => {
      const { self, paths } = membership;
      await clock.advance(1000);
      assertEquals(logged("active created"), 1);
      // Seven others at ports where nobody listens; this one is the first, with port 1.
      const ports = new Set<number>();
      while (ports.size < 7) ports.add(freePort());
      await join(self.port, ...ports);
      const members = await tree.connect().children(paths.nodes);
      const own = members.indexOf(`127.0.0.1_${self.port}`);
      for (let i = 0; i < 3; i++) mixer.updated();
      await clock.advance(1);
      await until(() => logged(" time elapsed ") === 1);
      for (let step = 0; step < 8; step++) {
        const peer = members[(own + step) % 8]!.replace("_", ":");
        assertEquals(logged(`pull failed at ${peer} : `), [1, 2, 4].includes(step) ? 1 : 0, `${step}`);
      }
    },
  ));
