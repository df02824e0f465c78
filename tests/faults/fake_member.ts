import { type ReceivedRequest, ScriptedPeer } from "../support/scripted_peer.ts";
import type { TestCluster } from "../support/test_cluster.ts";
import { within } from "../support/until.ts";
import { replyBytes } from "../support/wire_call.ts";
import type { WireValue } from "../support/wire_value.ts";

/** A member of a cluster that answers when and what the test says: it holds a MIX round at a known point. */
export class FakeMember implements AsyncDisposable {
  readonly #peer = new ScriptedPeer();
  readonly #cluster: TestCluster;
  /** The connection of the last request. */
  #connection = 0;

  private constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** Registers a member. */
  static async join(cluster: TestCluster): Promise<FakeMember> {
    const member = new FakeMember(cluster);
    await cluster.zk.create(member.#path("nodes"), "ephemeral");
    return member;
  }

  /** The port it listens on. */
  get port(): number {
    return this.#peer.port;
  }

  /** The next request, which must be a call of `method`. */
  async receives(method: string): Promise<ReceivedRequest> {
    const request = await within(`the fake member is asked for ${method}`, this.#peer.next());
    this.#connection = request.connection;
    if (request.method !== method) throw new Error(`the fake member was asked for ${request.method}, not ${method}`);
    return request;
  }

  /** Answers a request with an error or a result. */
  async answers(request: ReceivedRequest, error: WireValue, result: WireValue = null): Promise<void> {
    await this.#peer.send(request.connection, ...replyBytes(request.id, error, result));
  }

  /** Closes the connection of the last request, as a process that dies. */
  hangUp(): void {
    this.#peer.hangUp(this.#connection);
  }

  /** Claims to have an up-to-date model. */
  async becomesActive(): Promise<void> {
    await this.#cluster.zk.create(this.#path("actives"), "ephemeral");
  }

  /** Is no member any more. */
  async leaves(): Promise<void> {
    for (const directory of ["actives", "nodes"]) {
      if (await this.#cluster.zk.exists(this.#path(directory)) !== null) {
        await this.#cluster.zk.delete(this.#path(directory));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }

  #path(directory: string): string {
    return this.#cluster.path(directory, `127.0.0.1_${this.#peer.port}`);
  }
}
