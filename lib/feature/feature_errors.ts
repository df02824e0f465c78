import type { ByteString } from "../base/byte_string.ts";

/** A datum's key holds the character that separates key and word in feature names. */
export class FeatureKeyError extends Error {
  override name = "FeatureKeyError";
  constructor(key: ByteString) {
    super(`feature key cannot contain '$': ${key}`);
  }
}

/** A datum to be learned has a value that is infinite or not a number. */
export class FeatureValueError extends Error {
  override name = "FeatureValueError";
  constructor(feature: ByteString, value: number) {
    super(`feature value must be finite: ${feature} is ${value}`);
  }
}
