import type { Datum } from "../service/data.ts";
import { regressionService } from "../service/regression_service.ts";
import { type ClientOptions, type CommonClient, createClient } from "./service_client.ts";

/**
 * A client of `jubaregression`, or of its proxy, of this implementation or of Jubatus 1.1.1.
 *
 * @example
 * ```ts
 * import { RegressionClient } from "@jubatus/jubatus";
 *
 * await using client = await RegressionClient.connect({ host: "127.0.0.1", port: 9199 });
 * await client.train([[52_000, { area: 20, floor: 2 }], [80_000, { area: 35, floor: 5 }]]);
 * const [rent] = await client.estimate([{ area: 25, floor: 3 }]);
 * console.log(rent);
 * ```
 */
export interface RegressionClient extends CommonClient {
  /** Learns examples, in order: pairs of the right number and a datum. Returns how many were learned. */
  train(examples: readonly (readonly [target: number, datum: Datum])[]): Promise<number>;

  /** Estimates the number of each datum: as many numbers as data. Learns nothing. */
  estimate(data: readonly Datum[]): Promise<number[]>;

  /** Forgets everything; the configuration stays. */
  clear(): Promise<boolean>;
}

/** Makes {@link RegressionClient}s. */
export const RegressionClient: {
  /** Connects to a server or proxy; rejects with a `ConnectError` when that cannot be done. */
  connect(options?: ClientOptions): Promise<RegressionClient>;
} = {
  async connect(options: ClientOptions = {}): Promise<RegressionClient> {
    const client = createClient(regressionService, options);
    await client.connect();
    return client;
  },
};
