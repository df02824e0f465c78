import { classifierService, type ScoredLabel } from "../service/classifier_service.ts";
import type { Datum } from "../service/data.ts";
import { type ClientOptions, type CommonClient, createClient } from "./service_client.ts";

/**
 * A client of `jubaclassifier`, or of its proxy, of this implementation or of Jubatus 1.1.1.
 *
 * @example
 * ```ts
 * import { bestLabel, ClassifierClient } from "@jubatus/jubatus";
 *
 * await using client = await ClassifierClient.connect({ host: "127.0.0.1", port: 9199 });
 * await client.train([["Tokugawa", { name: "家康" }], ["Ashikaga", { name: "尊氏" }]]);
 * const [scores] = await client.classify([{ name: "家光" }]);
 * console.log(bestLabel(scores!)?.label);
 * ```
 */
export interface ClassifierClient extends CommonClient {
  /**
   * Learns examples, in order: pairs of the right label and a datum. Returns how many were learned.
   *
   * One request holds all of them; some thousands at a time go fastest. When the server refuses one, those before it
   * stay learned.
   */
  train(examples: readonly (readonly [label: string, datum: Datum])[]): Promise<number>;

  /**
   * Scores every known label for each datum: as many lists as data, each with one entry per label, in no particular
   * order. The label with the highest score is the answer; see `bestLabel`. Learns nothing.
   */
  classify(data: readonly Datum[]): Promise<ScoredLabel[][]>;

  /** Labels and the number of examples each was trained with. */
  get_labels(): Promise<Map<string, number>>;

  /** Makes a label known without an example. False when it was known already. */
  set_label(label: string | Uint8Array): Promise<boolean>;

  /** Forgets a label and what was learned for it. False when it was not known. */
  delete_label(label: string | Uint8Array): Promise<boolean>;

  /** Forgets everything; the configuration stays. */
  clear(): Promise<boolean>;
}

/** Makes {@link ClassifierClient}s. */
export const ClassifierClient: {
  /** Connects to a server or proxy; rejects with a `ConnectError` when that cannot be done. */
  connect(options?: ClientOptions): Promise<ClassifierClient>;
} = {
  async connect(options: ClientOptions = {}): Promise<ClassifierClient> {
    const client = createClient(classifierService, options);
    await client.connect();
    return client;
  },
};
