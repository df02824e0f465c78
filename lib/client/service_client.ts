import { decodeText, encodeText } from "../base/text.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { type CallOptions, RpcClient } from "../rpc/client.ts";
import { boolean } from "../service/codecs.ts";
import { type CommonService, commonService, type StatusCodec } from "../service/common_service.ts";
import { broadcast, type ClientMethods, type Codec, type Method, random, type Service } from "../service/service.ts";

/** Where a client connects to, and how patient it is. */
export interface ClientOptions {
  /** Name or address of the server or proxy. Default `127.0.0.1`. */
  readonly host?: string;
  /** Its port. Default 9199. */
  readonly port?: number;
  /** Name of the cluster, which a proxy needs to know; a single server ignores it. Default: empty. */
  readonly name?: string;
  /** A call fails after so many milliseconds; 0: never. Default 10,000. */
  readonly timeoutMs?: number;
  /** An attempt to connect fails after so many milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
}

/** What the calls of a client have in common; see {@link CommonClient.with}. */
export interface ClientCallOptions {
  /** Instead of the client's own, in milliseconds; 0: never. */
  readonly timeoutMs?: number;
  /** Gives calls up: they reject with the signal's reason. The server may execute them all the same. */
  readonly signal?: AbortSignal;
}

/**
 * What the clients of all services offer. Methods are named as in Jubatus. Every one of them rejects with an `RpcError`
 * when there is no connection, no answer in time, or the server answers with an error.
 */
export interface CommonClient extends AsyncDisposable {
  /** Name of the cluster, sent with every call. May be changed. */
  name: string;

  /** Connects now, rather than at the first call; rejects with a `ConnectError`. */
  connect(): Promise<void>;

  /** The same client over the same connection, with other options for its calls. */
  with(options: ClientCallOptions): this;

  /** Ends the connection; calls without an answer reject. `await using` does it by itself. */
  close(): Promise<void>;

  /** The server's configuration: JSON text, exactly as it was given to it. */
  get_config(): Promise<string>;

  /**
   * Saves the model to a file on each server. The id becomes part of the file's name: printable ASCII without `/`.
   * Returns paths by server (`<address>_<port>`).
   */
  save(id: string | Uint8Array): Promise<Map<string, string>>;

  /**
   * Replaces the model of each server by the one it saved under the id. True, or rejects with a `RemoteError` when there
   * is no such file or it was made with another configuration.
   */
  load(id: string | Uint8Array): Promise<boolean>;

  /** Status by server (`<address>_<port>`): keys such as `update_count`, values as text. */
  get_status(): Promise<Map<string, Map<string, string>>>;

  /**
   * Lets the servers of a cluster exchange what they learned, now. Only servers that are part of one have the method,
   * proxies do not: `MethodNotFoundError`.
   */
  do_mix(): Promise<boolean>;

  /** Status of a proxy; servers do not have the method. */
  get_proxy_status(): Promise<Map<string, Map<string, string>>>;
}

/** A client of one service: a method for each of the service's, and the common ones. */
export type ServiceClient<S> = CommonClient & ClientMethods<S>;

/** Methods that only some of the servers have, or only proxies. */
const occasionalService: {
  readonly do_mix: Method<readonly [], Codec<boolean>>;
  readonly get_proxy_status: Method<readonly [], StatusCodec>;
} = {
  do_mix: { args: [], result: boolean, route: random, reduce: "pass", effect: "update" },
  get_proxy_status: {
    args: [],
    result: commonService.get_status.result,
    route: broadcast,
    reduce: "pass",
    effect: "analysis",
  },
};

/** Makes a client from a service's table. It connects at the first call. */
export function createClient<S extends Service>(service: S, options: ClientOptions = {}): ServiceClient<S> {
  const { host = "127.0.0.1", port = 9199, name = "", ...limits } = options;
  const methods = Object.entries<Method>({
    ...occasionalService,
    ...commonService satisfies CommonService,
    ...service,
  });
  const client = new TableClient(new RpcClient({ host, port, ...limits }), methods, { name: encodeText(name) }, {});
  return client as unknown as ServiceClient<S>;
}

/** Has a method for each entry of a table. */
class TableClient {
  readonly #rpc: RpcClient;
  readonly #methods: readonly (readonly [string, Method])[];
  /** The cluster's name; one for all clients that {@link with} made. */
  readonly #cluster: { name: Uint8Array };
  readonly #options: ClientCallOptions;

  constructor(
    rpc: RpcClient,
    methods: readonly (readonly [string, Method])[],
    cluster: { name: Uint8Array },
    options: ClientCallOptions,
  ) {
    this.#rpc = rpc;
    this.#methods = methods;
    this.#cluster = cluster;
    this.#options = options;
    for (const [name, method] of methods) {
      Object.defineProperty(this, name, {
        enumerable: true,
        value: (...args: readonly unknown[]) => this.#call(name, method, args),
      });
    }
  }

  get name(): string {
    return decodeText(this.#cluster.name);
  }

  set name(name: string) {
    this.#cluster.name = encodeText(name);
  }

  connect(): Promise<void> {
    return this.#rpc.connect();
  }

  with(options: ClientCallOptions): TableClient {
    return new TableClient(this.#rpc, this.#methods, this.#cluster, { ...this.#options, ...options });
  }

  close(): Promise<void> {
    return this.#rpc.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rpc.close();
  }

  async #call(name: string, method: Method, args: readonly unknown[]): Promise<unknown> {
    const codecs = method.args as readonly { write(writer: Writer, value: unknown): void }[];
    if (args.length !== codecs.length) {
      throw new TypeError(`${name} takes ${codecs.length} arguments, not ${args.length}`);
    }
    const write = (writer: Writer): void => {
      writer.writeArrayHeader(codecs.length + 1);
      writer.writeRaw(this.#cluster.name);
      codecs.forEach((codec, i) => codec.write(writer, args[i]));
    };
    const options: CallOptions = { ...this.#options, isRepeatable: method.effect === "analysis" };
    return await this.#rpc.call(name, write, (result: Reader) => method.result.read(result), options);
  }
}
