import { log } from "../../lib/base/log.ts";
import { Proxy } from "../../lib/proxy/proxy.ts";
import { RpcServer } from "../../lib/rpc/server.ts";
import { classifierService } from "../../lib/service/classifier_service.ts";
import { converse, startServer } from "./rpc_target.ts";
import type { FuzzTarget } from "./targets.ts";

/** A proxy and two servers behind it. It must neither fail nor keep a connection, whatever comes. */
export function proxyTarget(
  name: string,
  config: unknown,
  messages: Pick<FuzzTarget, "seeds" | "grammar">,
): FuzzTarget {
  let setup: ReturnType<typeof start> | undefined;
  let failure: string | undefined;
  return {
    name,
    share: 1,
    ...messages,
    run: async (input) => {
      setup ??= start(config, (line) => failure = line);
      await converse(setup.front.port, input);
      if (failure !== undefined) throw new Error(failure);
    },
    close: async () => {
      await setup?.proxy.close();
      await setup?.front.close();
      await Promise.all(setup?.servers.map((server) => server.close()) ?? []);
      log.setSinks([]);
      setup = undefined;
    },
  };
}

function start(config: unknown, fail: (line: string) => void) {
  const servers = [startServer(config, fail), startServer(config, fail)];
  const peers = servers.map(({ port }) => ({ host: "127.0.0.1", port }));
  const members = {
    knownActives: () => peers,
    actives: () => Promise.resolve(peers),
    owners: () => Promise.resolve(peers),
  };
  const proxy = new Proxy({
    service: classifierService,
    members,
    interconnectTimeoutMs: 1500,
    owner: "127.0.0.1_9199",
    status: () => [],
  });
  const front = new RpcServer(proxy, { hostname: "127.0.0.1", port: 0, messageBytesMax: 1 << 20 });
  return { servers, proxy, front };
}
