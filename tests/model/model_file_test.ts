import { assert, assertEquals, assertThrows } from "@std/assert";
import { crc32 } from "../../lib/base/crc32.ts";
import {
  checkModelFile,
  decodeModelFile,
  encodeModelFile,
  ModelFileError,
  readModel,
} from "../../lib/model/model_file.ts";
import { TypeMismatchError } from "../../lib/msgpack/errors.ts";
import type { Reader } from "../../lib/msgpack/reader.ts";
import { GOLDEN_CONFIG, GOLDEN_DRIVER, GOLDEN_MODEL_FILE, modelFileOf, systemData } from "../support/model_files.ts";
import { encodeValue, type WireValue } from "../support/wire_value.ts";

/** Takes a file apart and checks all but the model, which only has to be one value. */
function load(bytes: Uint8Array): void {
  const file = decodeModelFile(bytes);
  checkModelFile(file, "classifier");
  readModel(file, (reader) => reader.skip());
}

function refuses(bytes: Uint8Array, message: string): void {
  const error = assertThrows(() => load(bytes), Error);
  assertEquals(error.message, message);
}

Deno.test("decodeModelFile takes the golden file apart", () => {
  assertEquals(GOLDEN_MODEL_FILE.length, 219);
  const { userData, ...info } = decodeModelFile(GOLDEN_MODEL_FILE);
  assertEquals(info, { systemVersion: 1, timestamp: 0, type: "classifier", id: "g", config: GOLDEN_CONFIG });
  assertEquals(userData, GOLDEN_MODEL_FILE.subarray(48 + 0x57));
  let driver: Uint8Array | undefined;
  readModel({ ...info, userData }, (reader) => {
    driver = userData.subarray(reader.position);
    reader.skip();
  });
  assertEquals(driver, GOLDEN_DRIVER);
});

Deno.test("encodeModelFile writes the golden file, byte for byte", () => {
  const info = { type: "classifier", id: "g", config: GOLDEN_CONFIG, timestamp: 0 };
  assertEquals(encodeModelFile(info, (writer) => writer.append(GOLDEN_DRIVER)), GOLDEN_MODEL_FILE);
});

Deno.test("encodeModelFile writes sizes and checksum that fit, however long its parts are", () => {
  for (const length of [0, 1, 31, 32, 255, 65_535, 65_536, 300_000]) {
    const info = { type: "t", id: "i", config: "c".repeat(length), timestamp: 1_500_000_000 };
    const bytes = encodeModelFile(info, (writer) => writer.writeByteString("m".repeat(length)));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    assertEquals(bytes.length, 48 + Number(view.getBigUint64(32)) + Number(view.getBigUint64(40)));
    assertEquals(view.getUint32(28), crc32(bytes.subarray(32), crc32(bytes.subarray(0, 28))));
    const file = decodeModelFile(bytes);
    assertEquals([file.type, file.id, file.config, file.timestamp], ["t", "i", info.config, 1_500_000_000]);
    readModel(file, (reader) => assertEquals(reader.readByteString().length, length));
  }
});

Deno.test("decodeModelFile refuses every truncation of a file", () => {
  for (let end = 0; end < GOLDEN_MODEL_FILE.length; end++) {
    refuses(GOLDEN_MODEL_FILE.subarray(0, end), "cannot read input file");
  }
});

Deno.test("decodeModelFile refuses a file with any single bit flipped", () => {
  for (let bit = 0; bit < GOLDEN_MODEL_FILE.length * 8; bit++) {
    const bytes = GOLDEN_MODEL_FILE.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    const { message } = assertThrows(() => decodeModelFile(bytes), ModelFileError, undefined, `bit ${bit}`);
    const at = bit >> 3;
    if (at < 8) assertEquals(message, "invalid file format");
    else if (at < 16) assert(/^invalid format version: \d+, expected 1$/.test(message), message);
    else if (at < 20) assert(/^cannot load model file created before v1\.0\.0: \d+\.1\.1$/.test(message), message);
    else if (at < 32 || at >= 48) {
      assert(/^invalid crc32 checksum: [\da-f]+, expected [\da-f]+$/.test(message), message);
    } else assert(/^cannot read input file$|^invalid crc32 checksum: /.test(message), message);
  }
});

Deno.test("decodeModelFile believes no sizes that the file does not have", () => {
  const huge = [219n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
  for (const size of huge) {
    refuses(modelFileOf({ systemSize: size }), "cannot read input file");
    refuses(modelFileOf({ userSize: size }), "cannot read input file");
    refuses(modelFileOf({ systemSize: size, userSize: 2n ** 64n - size }), "cannot read input file");
  }
  // Sizes that move the border between the parts are found by the checksum or by what then stands there.
  assertThrows(() => load(modelFileOf({ systemSize: 0x56n, userSize: 0x55n })));
  assertThrows(() => load(modelFileOf({ systemSize: 0n, userSize: 0n })));
});

Deno.test("readModel believes no counts that the file does not have", () => {
  for (const hex of ["9201ddffffffff", "9201dfffffffff", "9201dbffffffff", "ddffffffff", "92cfffffffffffffffff90"]) {
    const error = assertThrows(() => load(modelFileOf({ user: Uint8Array.fromHex(hex) })), Error);
    assert(/^insufficient bytes$|^user data version mismatched/.test(error.message), `${hex}: ${error.message}`);
  }
});

Deno.test("decodeModelFile refuses each fault in the words and in the order of 1.1.1", () => {
  const wrongType = systemData({ type: "regression" });
  // Each row has all faults of those below it too; the checksum is told to be wrong up to its own row.
  const user: WireValue = [2n, null];
  const all = { magic: "jubatuz\0", format: 2n, version: [2, 3, 4] as const, crc: 0xab, system: wrongType, user };
  refuses(modelFileOf(all).subarray(0, 47), "cannot read input file");
  refuses(modelFileOf(all), "invalid file format");
  const { magic: _magic, ...format } = all;
  refuses(modelFileOf(format), "invalid format version: 2, expected 1");
  const { format: _format, ...version } = format;
  refuses(modelFileOf(version), "cannot load model file created before v1.0.0: 2.3.4");
  const { version: _version, ...crc } = version;
  assertThrows(() => load(modelFileOf(crc)), ModelFileError, ", expected ab");
  const { crc: _crc, ...system } = crc;
  refuses(modelFileOf({ ...system, system: Uint8Array.of(0xc0) }), "system data is broken");
  refuses(
    modelFileOf({ ...system, system: [2n, 0n, "x", "", ""] }),
    "invalid system data version: saved version: 2, expected 1",
  );
  refuses(modelFileOf(system), "server type mismatched: regression, expected classifier");
  refuses(modelFileOf({ user }), "user data version mismatched: 2, expected 1");
});

Deno.test("decodeModelFile accepts what 1.1.1 accepts", () => {
  load(modelFileOf({ version: [1, 0, 9] }));
  load(modelFileOf({ version: [1, 4294967295, 0] }));
  const trailing = new Uint8Array(300);
  trailing.set(GOLDEN_MODEL_FILE);
  load(trailing);
  load(modelFileOf({ system: [1n, 0n, "classifier", "", "", "more", [null]] }));
  // Strings of newer msgpack.
  load(modelFileOf({ system: Uint8Array.fromHex("950100d90a636c6173736966696572c40167c5000178") }));
});

Deno.test("decodeModelFile refuses system data that is no array of the right values", () => {
  const broken: WireValue[] = [null, 1n, "text", true, 1.0, ["1"], [-1n], [1.0], [1n, "0"], [1n, 0n, 5n], [
    1n,
    0n,
    "t",
    null,
  ]];
  for (const system of broken) refuses(modelFileOf({ system }), "system data is broken");
  refuses(modelFileOf({ system: Uint8Array.of(0xc1) }), "parse error");
  refuses(modelFileOf({ system: new Uint8Array(0) }), "insufficient bytes");
  refuses(modelFileOf({ system: Uint8Array.of(0x92, 1) }), "insufficient bytes");
  // Members that are missing have their defaults.
  refuses(modelFileOf({ system: [] }), "invalid system data version: saved version: 0, expected 1");
  refuses(modelFileOf({ system: [1n, 0n] }), "server type mismatched: , expected classifier");
});

Deno.test("readModel refuses user data that is no pair of version and model", () => {
  const cases: [WireValue | Uint8Array, string][] = [
    [null, "user data is broken"],
    ["text", "user data is broken"],
    [["1", null], "user data is broken"],
    [[1.0, null], "user data is broken"],
    [[-1n, null], "user data is broken"],
    [[], "invalid user container"],
    [[1n], "invalid user container"],
    [[1n, null, null], "invalid user container"],
    [[0n, null], "user data version mismatched: 0, expected 1"],
    [Uint8Array.of(0xc1), "parse error"],
    [new Uint8Array(0), "insufficient bytes"],
    [Uint8Array.of(0x92, 1), "insufficient bytes"],
    [Uint8Array.of(0x92, 1, 0xc0, 0xc0), "extra bytes"],
    [Uint8Array.from([0x92, 1, ...new Array(40).fill(0x91), 0xc0]), "parse error"],
  ];
  for (const [user, message] of cases) refuses(modelFileOf({ user }), message);
});

Deno.test("readModel tells mismatches within the model as broken data, and other errors as they are", () => {
  const file = decodeModelFile(GOLDEN_MODEL_FILE);
  const failing = (error: Error) => () =>
    readModel(file, (_reader: Reader) => {
      throw error;
    });
  assertThrows(failing(new TypeMismatchError()), ModelFileError, "user data is broken");
  assertThrows(failing(new RangeError("contradiction")), ModelFileError, "user data is broken");
  assertThrows(failing(new SyntaxError("mistake of ours")), SyntaxError, "mistake of ours");
});

Deno.test("a model file survives any labels and ids", () => {
  const info = { type: "t", id: "\x00\xff", config: "\xfe{}", timestamp: 2 ** 32 };
  const { type, id, config, timestamp } = decodeModelFile(encodeModelFile(info, (writer) => writer.writeNil()));
  assertEquals({ type, id, config, timestamp }, info);
  assertEquals(encodeValue(decodeModelFile(GOLDEN_MODEL_FILE).config).length, 71);
});
