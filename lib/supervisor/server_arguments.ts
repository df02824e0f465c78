import { type ByteString, byteStringOfText, textOf } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/** How servers are to be started: what jubactl sends and jubavisor passes on. */
export interface ServerArguments {
  readonly bindInterface: string;
  readonly timeoutSec: number;
  readonly zookeeperTimeoutSec: number;
  readonly interconnectTimeoutSec: number;
  readonly threads: number;
  readonly datadir: string;
  readonly logdir: string;
  readonly logConfig: string;
  readonly intervalSec: number;
  readonly intervalCount: number;
  readonly mixer: string;
}

/** What jubactl knows beside the arguments; jubavisor ignores all of it. */
export interface RequestOrigin {
  /** Type of server. */
  readonly type: string;
  /** The ensemble as jubactl was told. */
  readonly zookeeper: string;
  /** `PROGRAM/NAME`. */
  readonly target: string;
}

/** What members mean that a short request leaves out. */
const DEFAULTS: ServerArguments = {
  bindInterface: "",
  timeoutSec: 10,
  zookeeperTimeoutSec: 10,
  interconnectTimeoutSec: 10,
  threads: 2,
  datadir: "/tmp",
  logdir: "",
  logConfig: "",
  intervalSec: 5,
  intervalCount: 1024,
  mixer: "",
};
/** Members of the struct on the wire. */
const MEMBERS = 20;
/** Sent for the port, which the receiver chooses itself. */
const PORT_PLACEHOLDER = 9199;

/** A member of the struct: which argument it is, and of what type; or one that is read and forgotten. */
type Member = readonly [keyof ServerArguments | undefined, "int" | "text" | "boolean"];
const members: readonly Member[] = [
  [undefined, "int"], // port
  [undefined, "text"], // bind address
  ["bindInterface", "text"],
  ["timeoutSec", "int"],
  ["zookeeperTimeoutSec", "int"],
  ["interconnectTimeoutSec", "int"],
  ["threads", "int"],
  [undefined, "text"], // program
  [undefined, "text"], // type
  [undefined, "text"], // ensemble
  [undefined, "text"], // name
  ["datadir", "text"],
  ["logdir", "text"],
  ["logConfig", "text"],
  [undefined, "text"], // network device
  ["intervalSec", "int"],
  ["intervalCount", "int"],
  ["mixer", "text"],
  [undefined, "boolean"], // daemon
  [undefined, "boolean"], // configuration test
];

/** Reads the struct; a shorter one leaves defaults, members beyond the known ones are skipped. */
export function readServerArguments(reader: Reader): ServerArguments {
  const values: Record<string, string | number> = { ...DEFAULTS };
  const count = reader.readArrayHeader();
  for (let i = 0; i < count; i++) {
    const member = members[i];
    if (member === undefined) {
      reader.skip();
      continue;
    }
    const [name, type] = member;
    if (type === "boolean") reader.readBoolean();
    else {
      const value = type === "int"
        ? reader.readIntegerWithin(-0x80000000, 0x7fffffff)
        : textOf(reader.readByteString());
      if (name !== undefined) values[name] = value;
    }
  }
  return values as unknown as ServerArguments;
}

/** Writes the struct as jubactl does. */
export function writeServerArguments(writer: Writer, args: ServerArguments, origin: RequestOrigin): void {
  const text = (value: string): void => writer.writeByteString(byteStringOfText(value) satisfies ByteString);
  writer.writeArrayHeader(MEMBERS);
  writer.writeInt(PORT_PLACEHOLDER);
  text("");
  text(args.bindInterface);
  for (const n of [args.timeoutSec, args.zookeeperTimeoutSec, args.interconnectTimeoutSec, args.threads]) {
    writer.writeInt(n);
  }
  text(origin.type);
  text("");
  text(origin.zookeeper);
  text(origin.target);
  for (const value of [args.datadir, args.logdir, args.logConfig, "localhost"]) text(value);
  writer.writeInt(args.intervalSec);
  writer.writeInt(args.intervalCount);
  text(args.mixer);
  writer.writeBoolean(false);
  writer.writeBoolean(false);
}

/** What jubavisor itself adds to the arguments of its servers. */
export interface ServerPlace {
  /** The ensemble. */
  readonly zookeeper: string;
  /** File of the credentials for it; none when empty. Its path is no secret, unlike what is in it. */
  readonly zookeeperAuth: string;
  /** Name of the cluster. */
  readonly name: string;
  readonly port: number;
}

/** The command line of one server, in the order of Jubatus 1.1.1; empty values are passed as empty words. */
export function serverCommandLine(args: ServerArguments, place: ServerPlace): string[] {
  const options: (readonly [string, string | number])[] = [
    ["-z", place.zookeeper],
    ["-n", place.name],
    ["-p", place.port],
    ["-B", args.bindInterface],
    ["-c", args.threads],
    ["-t", args.timeoutSec],
    ["-Z", args.zookeeperTimeoutSec],
    ["-I", args.interconnectTimeoutSec],
    ["-d", args.datadir],
    ["-l", args.logdir],
    ["-g", args.logConfig],
    ["-s", args.intervalSec],
    ["-i", args.intervalCount],
    ["-x", args.mixer],
  ];
  if (place.zookeeperAuth !== "") options.push(["--zookeeper_auth", place.zookeeperAuth]);
  return options.flatMap(([option, value]) => [option, String(value)]);
}
