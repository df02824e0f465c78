// The module as npm has it, which comes without types.
// @ts-types="./msgpack.d.ts"
export * from "npm:deno-std@1.4.0/msgpack/mod.js";
