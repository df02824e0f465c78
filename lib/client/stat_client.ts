import { statService } from "../service/stat_service.ts";
import { type ClientOptions, type CommonClient, createClient } from "./service_client.ts";

/**
 * A client of `jubastat`, or of its proxy, of this implementation or of Jubatus 1.1.1. All figures are of the values in
 * the window, the latest ones of all keys together. Asking for a key without values rejects with a `RemoteError`, but for
 * `entropy`.
 *
 * @example
 * ```ts
 * import { StatClient } from "@jubatus/jubatus";
 *
 * await using client = await StatClient.connect({ host: "127.0.0.1", port: 9199 });
 * await client.push("response time", 120);
 * await client.push("response time", 80);
 * console.log(await client.sum("response time"));
 * ```
 */
export interface StatClient extends CommonClient {
  /** Adds a value to a key. True. */
  push(key: string | Uint8Array, value: number): Promise<boolean>;

  /** Sum of the key's values. */
  sum(key: string | Uint8Array): Promise<number>;

  /** Standard deviation of the key's values, as of a whole population. */
  stddev(key: string | Uint8Array): Promise<number>;

  /** The key's largest value. */
  max(key: string | Uint8Array): Promise<number>;

  /** The key's smallest value. */
  min(key: string | Uint8Array): Promise<number>;

  /** Entropy, in nats, of how the values are spread over all keys. The key only chooses the server of a cluster. */
  entropy(key: string | Uint8Array): Promise<number>;

  /** Mean of (value - center) to the power of `degree`, a whole number; -1 when that is negative. */
  moment(key: string | Uint8Array, degree: number, center: number): Promise<number>;

  /** Forgets everything. */
  clear(): Promise<boolean>;
}

/** Makes {@link StatClient}s. */
export const StatClient: {
  /** Connects to a server or proxy; rejects with a `ConnectError` when that cannot be done. */
  connect(options?: ClientOptions): Promise<StatClient>;
} = {
  async connect(options: ClientOptions = {}): Promise<StatClient> {
    const client = createClient(statService, options);
    await client.connect();
    return client;
  },
};
