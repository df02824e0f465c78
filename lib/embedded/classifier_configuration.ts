/** A classifier's configuration, as the JSON files of Jubatus have it. */
export interface ClassifierConfiguration {
  /**
   * The method. Linear ones: `perceptron`, `PA`, `PA1`, `PA2`, `CW`, `AROW`, `NHERD`. Those that keep the examples:
   * `NN`, `cosine`, `euclidean`.
   */
  readonly method: string;
  /** Parameters of the method. */
  readonly parameter?: ClassifierParameter;
  /** How data become features. */
  readonly converter: ConverterConfiguration;
}

/** Parameters of classification methods; each method has its own, and refuses the others. */
export interface ClassifierParameter {
  /** `PA1` to `NHERD`: how much a single example may change; above 0, 1 is a good start. */
  readonly regularization_weight?: number;
  /** `NN`, `cosine`, `euclidean`: how many neighbours vote; at least 1. */
  readonly nearest_neighbor_num?: number;
  /** `NN`, `cosine`, `euclidean`: how much less a neighbour's vote weighs with distance; 0: all weigh the same. */
  readonly local_sensitivity?: number;
  /** `NN`: `lsh`, `minhash` or `euclid_lsh`. */
  readonly method?: string;
  /** `NN`: parameters of that. */
  readonly parameter?: {
    /** Bits per example; more are more exact and slower. */
    readonly hash_num: number;
    /** Kept for compatibility. */
    readonly threads?: number;
    /** `lsh`, `euclid_lsh`: random vectors kept. */
    readonly cache_size?: number;
  };
  /** Bounds the number of labels, or of examples with `NN`: `lru` or `random`. */
  readonly unlearner?: string;
  /** Parameters of that. */
  readonly unlearner_parameter?: {
    /** Most labels, or examples, that are held. */
    readonly max_size: number;
    /** `lru`: labels to which this key pattern applies are never forgotten. */
    readonly sticky_pattern?: string;
    /** `random`: seed of the choice. */
    readonly seed?: number;
  };
}

/** Named types with their parameters; all parameters are strings, numbers included. */
export type TypesConfiguration = {
  readonly [name: string]: { readonly method: string; readonly [parameter: string]: string };
};

/**
 * How data become features: types, and rules that apply them to the values whose keys they match. A key pattern is `*`
 * for all keys, `text*`, `*text`, `/regular expression/`, or a key.
 */
export interface ConverterConfiguration {
  /** String filters: `regexp` with `pattern` and `replace`. */
  readonly string_filter_types?: TypesConfiguration;
  /** Which strings are filtered. */
  readonly string_filter_rules?: readonly FilterRuleConfiguration[];
  /** Number filters: `add`, `linear_normalization`, `gaussian_normalization`, `sigmoid_normalization`. */
  readonly num_filter_types?: TypesConfiguration;
  /** Which numbers are filtered. */
  readonly num_filter_rules?: readonly FilterRuleConfiguration[];
  /** Ways to split strings: `ngram` with `char_num`, `split` with `separators`, `regexp` with `pattern`. */
  readonly string_types?: TypesConfiguration;
  /** Which strings become features. */
  readonly string_rules?: readonly StringRuleConfiguration[];
  /** Only for plug-ins. */
  readonly num_types?: TypesConfiguration;
  /** Which numbers become features: types `num`, `log`, `str`. */
  readonly num_rules?: readonly RuleConfiguration[];
  /** Only for plug-ins. */
  readonly binary_types?: TypesConfiguration;
  /** Only for plug-ins. */
  readonly binary_rules?: readonly RuleConfiguration[];
  /** Only for plug-ins. */
  readonly combination_types?: TypesConfiguration;
  /** Pairs of features that become features: types `add`, `mul`. */
  readonly combination_rules?: readonly CombinationRuleConfiguration[];
  /** Hashes features to so many names, which bounds memory. */
  readonly hash_max_size?: number;
}

/** Applies a type to the values whose keys match. */
export interface RuleConfiguration {
  /** Key pattern. */
  readonly key: string;
  /** Key pattern of exceptions. */
  readonly except?: string;
  /** Name of the type. */
  readonly type: string;
}

/** Makes new values of those whose keys match. */
export interface FilterRuleConfiguration extends RuleConfiguration {
  /** Appended to the key of the new value. */
  readonly suffix: string;
}

/** Makes features of strings. */
export interface StringRuleConfiguration extends RuleConfiguration {
  /** Weight of a word in its datum: `bin` (1), `tf` (its count) or `log_tf`. */
  readonly sample_weight: string;
  /** Weight of a word among all data: `bin` (1), `idf`, `idf1`, `bm25` or `weight`. */
  readonly global_weight: string;
}

/** Makes features of pairs of features. */
export interface CombinationRuleConfiguration {
  /** Key pattern of the one. */
  readonly key_left: string;
  /** Key pattern of the other. */
  readonly key_right: string;
  /** Key pattern of exceptions. */
  readonly except_left?: string;
  /** Key pattern of exceptions. */
  readonly except_right?: string;
  /** `add` or `mul`. */
  readonly type: string;
}
