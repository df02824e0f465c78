import { assert, assertEquals } from "@std/assert";
import { delay } from "../support/delay.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { within } from "../support/until.ts";
import { requestBytes } from "../support/wire_call.ts";
import { WireMap, type WireValue } from "../support/wire_value.ts";

/** Requests sent at once. */
const BATCH = 16;

/** An error that a caller was answered. */
export interface ProxyError {
  readonly method: string;
  readonly text: string;
  /** When it came, by `performance.now()`. */
  readonly at: number;
}

/**
 * Many calls over one connection to a proxy, without a pause. Each reply must be that of a request, and of the right
 * shape: a call may fail, but nobody may get what is meant for somebody else.
 */
export class ProxyLoad {
  readonly errors: ProxyError[] = [];
  /** Examples that were acknowledged, by label; labels are the load's own. */
  readonly trained: Map<string, number> = new Map();
  /** Examples that may have been learned though their calls failed, by label. */
  readonly doubtful: Map<string, number> = new Map();
  answered = 0;
  /** Batches that were answered. */
  rounds = 0;
  readonly #cluster: string;
  readonly #name: string;
  readonly #ended: Promise<void>;
  #isOver = false;
  #nextId = 1;

  constructor(proxy: { readonly hostname: string; readonly port: number }, cluster: string, name: string) {
    this.#cluster = cluster;
    this.#name = name;
    this.#ended = this.#run(proxy);
    this.#ended.catch(() => {});
  }

  /** Ends the load; throws at a reply that was not as it should be. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #run(proxy: { readonly hostname: string; readonly port: number }): Promise<void> {
    using connection = await RawConnection.open(proxy);
    while (!this.#isOver) {
      await this.#batch(connection);
      this.rounds++;
      // Other connections want their turn.
      await delay(5);
    }
  }

  async #batch(connection: RawConnection): Promise<void> {
    const waiting = new Map<number, { method: string; label: string; count: number }>();
    const requests: Uint8Array[] = [];
    for (let i = 0; i < BATCH; i++) {
      const id = this.#nextId++;
      const method = i % 4 === 0 ? "train" : i % 8 === 7 ? "get_labels" : "classify";
      // So many that a reply tells which request it answers.
      const count = 1 + id % 7;
      const label = `${this.#name}${id % 3}`;
      waiting.set(id, { method, label, count });
      const datum: WireValue = [[], [["x", id / 1000]], []];
      const argument = method === "train" ? Array(count).fill([label, datum]) : Array(count).fill(datum);
      requests.push(requestBytes(id, method, this.#cluster, ...method === "get_labels" ? [] : [argument]));
    }
    const bytes = new Uint8Array(await new Blob(requests as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const answer = await within("the proxy answers", connection.exchange(bytes, BATCH));
    assert(answer !== undefined, "the proxy has closed the connection");
    for (const message of answer.messages) {
      const [type, id, error, result] = message as readonly WireValue[];
      const request = waiting.get(Number(id));
      assert(type === 1n && request !== undefined, `nobody has asked for reply ${id}`);
      waiting.delete(Number(id));
      this.answered++;
      if (error === null) {
        this.#check(request, result!);
      } else {
        this.errors.push({ method: request.method, text: String(error), at: performance.now() });
        const wasSent = error !== "connect error in proxy";
        if (request.method === "train" && wasSent) add(this.doubtful, request);
      }
    }
  }

  #check(request: { method: string; label: string; count: number }, result: WireValue): void {
    if (request.method === "train") {
      assertEquals(result, BigInt(request.count));
      add(this.trained, request);
    } else if (request.method === "get_labels") {
      assert(result instanceof WireMap);
      for (const [label, count] of result.entries) assert(typeof label === "string" && typeof count === "bigint");
    } else {
      const lists = result as readonly WireValue[];
      assertEquals(lists.length, request.count);
      for (const list of lists) {
        for (const pair of list as readonly WireValue[]) {
          const [label, score] = pair as readonly WireValue[];
          assert(typeof label === "string" && typeof score === "number");
        }
      }
    }
  }
}

function add(to: Map<string, number>, { label, count }: { readonly label: string; readonly count: number }): void {
  to.set(label, (to.get(label) ?? 0) + count);
}
