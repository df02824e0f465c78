import { assertEquals } from "@std/assert";
import { jubaconvMain } from "../../cli/jubaconv_main.ts";
import { jubaconvOptions } from "../../cli/option_tables.ts";
import { parse } from "../../cli/options.ts";

const example = `{"name":"徳川","age":30,"nested":{"a":[1,2.5,"x",true,null]},"s":""}`;
/** A configuration with one rule for strings and one for numbers, as far as they are named. */
function config(rules: { string?: string; num?: string }): string {
  const string = rules.string === undefined
    ? []
    : [{ key: "*", type: rules.string, sample_weight: "bin", global_weight: "bin" }];
  const num = rules.num === undefined ? [] : [{ key: "*", type: rules.num }];
  const converter = {
    string_filter_types: {},
    string_filter_rules: [],
    num_filter_types: {},
    num_filter_rules: [],
    string_types: { unigram: { method: "ngram", char_num: "1" } },
    string_rules: string,
    num_types: {},
    num_rules: num,
  };
  return JSON.stringify({ method: "AROW", parameter: { regularization_weight: 1 }, converter });
}

async function conv(words: string, input: string, files: Record<string, string> = {}) {
  const parsed = parse(jubaconvOptions, words === "" ? [] : words.split(" "), "jubaconv");
  if (parsed.kind !== "ok") throw new Error(`bad test: ${words}`);
  const encoder = new TextEncoder();
  let [output, complaint] = ["", ""];
  const code = await jubaconvMain(parsed.values, {
    input: () => Promise.resolve(encoder.encode(input)),
    readFile: (path) => {
      if (files[path] === undefined) throw new Deno.errors.NotFound(path);
      return encoder.encode(files[path]);
    },
    print: (result) => void (output += new TextDecoder().decode(result)),
    complain: (message) => void (complaint += `${message}\n`),
  });
  return { code, output, complaint };
}

const good = (output: string) => ({ code: 0, output, complaint: "" });
const bad = (complaint: string) => ({ code: 255, output: "", complaint: `${complaint}\n` });

Deno.test("jubaconv prints JSON as 1.1.1 does, in its order", async () => {
  const printed = `{
  "s": "",
  "nested": {
    "a": [
      1,
      2.5,
      "x",
      true,
      null
    ]
  },
  "age": 30,
  "name": "徳川"
}
`;
  assertEquals(await conv("-o json", example), good(printed));
});

Deno.test("jubaconv makes a datum of JSON, with paths as keys", async () => {
  const printed = `{
  "binary_values": {
  },
  "num_values": {
    "\\/nested\\/a[3]": 1,
    "\\/nested\\/a[1]": 2.5,
    "\\/nested\\/a[0]": 1,
    "\\/age": 30
  },
  "string_values": {
    "\\/s": "",
    "\\/nested\\/a[4]": "null",
    "\\/nested\\/a[2]": "x",
    "\\/name": "徳川"
  }
}
`;
  assertEquals(await conv("-o datum", example), good(printed));
  const round = `{"string_values":{"name":"ab"},"num_values":{"x":1.5},"binary_values":{"b":"c"}}`;
  assertEquals(JSON.parse((await conv("-i datum -o datum", round)).output), JSON.parse(round));
});

Deno.test("jubaconv lists the features of a datum", async () => {
  const files = { strings: config({ string: "unigram" }), numbers: config({ num: "num" }) };
  const strings = [
    "/nested/a[2]$x",
    "/nested/a[4]$l",
    "/nested/a[4]$u",
    "/nested/a[4]$n",
    "/name$川",
    "/name$徳",
  ].map((name) => `${name}@unigram#bin/bin: 1\n`).join("");
  assertEquals(await conv("-c strings", example, files), good(strings));
  const numbers = "/nested/a[0]@num: 1\n/nested/a[1]@num: 2.5\n/nested/a[3]@num: 1\n/age@num: 30\n";
  assertEquals(await conv("-c numbers", example, files), good(numbers));
  const datum = `{"string_values":{},"num_values":{"x":0.333333333333},"binary_values":{}}`;
  assertEquals(await conv("-i datum -o fv -c numbers", datum, files), good("x@num: 0.333333\n"));
});

Deno.test("jubaconv says what is wrong, prints nothing and exits 255", async () => {
  assertEquals(await conv("-i datum -o json", example), bad("invalid input-output type: datum -> json"));
  assertEquals(await conv("", example), bad("specify converter config with -c flag"));
  assertEquals(await conv("-c gone", example), bad("cannot open converter config file: gone"));
  assertEquals(await conv("-o datum", "{ bad"), bad(`invalid json format\n1:3 '"' is required but got 'b'`));
  assertEquals(await conv("-o datum", ""), bad("invalid json format\njson_parser reached end of data"));
  for (
    const datum of [
      `[]`,
      `{"string_values":{"name":"ab"},"num_values":{"x":1.5}}`,
      `{"string_values":[["name","ab"]],"num_values":{},"binary_values":{}}`,
      `{"string_values":{"a":1},"num_values":{},"binary_values":{}}`,
      `{"string_values":{},"num_values":{"a":"1"},"binary_values":{}}`,
    ]
  ) {
    const { code, output, complaint } = await conv("-i datum -o datum", datum);
    assertEquals([code, output, complaint.split("\n")[0]], [255, "", "invalid datum format"], datum);
  }
  const syntax = await conv("-c file", example, { file: "{ bad" });
  assertEquals(syntax, bad(`syntax error in configuration: file:1:3 '"' is required but got 'b'`));
  const unknown = await conv("-c file", example, { file: config({ string: "nosuch" }) });
  assertEquals([unknown.code, unknown.output], [255, ""]);
});

Deno.test("jubaconv lists words in the order of 1.1.1, and warns of text behind the configuration", async () => {
  const datum = `{"string_values":{"t":"the quick brown fox"},"num_values":{},"binary_values":{}}`;
  const string_rules = [{ key: "*", type: "space", sample_weight: "bin", global_weight: "bin" }];
  const combination_rules = [{ key_left: "*", key_right: "none", type: "add" }];
  const files = {
    plain: JSON.stringify({ string_rules }),
    combined: `${JSON.stringify({ string_rules, combination_rules })} }`,
  };
  const features = ["fox", "brown", "quick", "the"].map((word) => `t$${word}@space#bin/bin: 1\n`).join("");
  assertEquals(await conv("-i datum -o fv -c plain", datum, files), good(features));
  const { code, output, complaint } = await conv("-i datum -o fv -c combined", datum, files);
  assertEquals([code, output], [0, features]);
  assertEquals(complaint.includes("the text from there on is ignored"), true);
});
