import { assertEquals, assertThrows } from "@std/assert";
import { TypeMismatchError } from "../../lib/msgpack/errors.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import {
  readServerArguments,
  type ServerArguments,
  serverCommandLine,
  writeServerArguments,
} from "../../lib/supervisor/server_arguments.ts";

const args: ServerArguments = {
  bindInterface: "",
  timeoutSec: 10,
  zookeeperTimeoutSec: 10,
  interconnectTimeoutSec: 10,
  threads: 2,
  datadir: "/tmp",
  logdir: "",
  logConfig: "",
  intervalSec: 16,
  intervalCount: 512,
  mixer: "linear_mixer",
};
/** The struct as jubactl 1.1.1 was seen to send it. */
const seen = "dc0014cd23efa0a00a0a0a02aa636c6173736966696572a0af6c6f63616c686f73743a3232313831" +
  "b66a756261636c61737369666965722f73686f67756e33a42f746d70a0a0a96c6f63616c686f737410cd0200ac6c696e6561725f6d69786572c2c2";

Deno.test("writeServerArguments sends the bytes of jubactl 1.1.1", () => {
  const writer = new Writer();
  writeServerArguments(writer, args, {
    type: "classifier",
    zookeeper: "localhost:22181",
    target: "jubaclassifier/shogun3",
  });
  assertEquals(writer.written().toHex(), seen);
});

Deno.test("readServerArguments reads what jubactl 1.1.1 sends", () => {
  assertEquals(readServerArguments(new Reader(Uint8Array.fromHex(seen))), args);
});

Deno.test("readServerArguments takes defaults when members are missing", () => {
  assertEquals(readServerArguments(new Reader(Uint8Array.of(0x90))), {
    ...args,
    intervalSec: 5,
    intervalCount: 1024,
    mixer: "",
  });
  assertEquals(readServerArguments(new Reader(Uint8Array.fromHex("9301a0a0"))).timeoutSec, 10);
});

Deno.test("readServerArguments refuses members of another type", () => {
  assertThrows(() => readServerArguments(new Reader(Uint8Array.fromHex("91a0"))), TypeMismatchError);
});

Deno.test("serverCommandLine has the order of Jubatus 1.1.1 and keeps empty words", () => {
  const place = { zookeeper: "127.0.0.1:2181", zookeeperAuth: "", name: "shogun", port: 9199 };
  const words =
    "-z 127.0.0.1:2181 -n shogun -p 9199 -B  -c 2 -t 10 -Z 10 -I 10 -d /tmp -l  -g  -s 16 -i 512 -x linear_mixer";
  assertEquals(serverCommandLine(args, place).join(" "), words);
  const withAuth = serverCommandLine(args, { ...place, zookeeperAuth: "/etc/zk auth" });
  assertEquals(withAuth, [...serverCommandLine(args, place), "--zookeeper_auth", "/etc/zk auth"]);
});
