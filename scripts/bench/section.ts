/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Of the value: `data/s`, `ms`, … */
  readonly unit: string;
  /** The value as a share of the floor measured in the same run. */
  readonly floorShare?: number;
  /** What is wanted of the value, or of the share of the floor. */
  readonly wanted?: { readonly atLeast?: number; readonly atMost?: number; readonly floorShare?: number };
  /** Anything else worth knowing: latencies, the data. */
  readonly note?: string;
}

/** Settings of one run of the benchmark. */
export interface BenchSettings {
  /** Shorter measurements and fewer rounds. */
  readonly quick: boolean;
  /** Directory of data sets; sections that miss theirs say so. */
  readonly data: string;
  /** Directory for request files, removed at the end. */
  readonly scratch: string;
  /** Says what is going on. */
  progress(text: string): void;
}

/** One part of the benchmark. Others are added to the list in `scripts/bench.ts`. */
export interface Section {
  readonly name: string;
  readonly title: string;
  run(settings: BenchSettings): Promise<Figure[]>;
}

/** True when the figure is what is wanted; undefined when nothing is. */
export function isMet({ value, floorShare, wanted }: Figure): boolean | undefined {
  if (wanted === undefined) return undefined;
  return value >= (wanted.atLeast ?? -Infinity) && value <= (wanted.atMost ?? Infinity) &&
    (floorShare ?? Infinity) >= (wanted.floorShare ?? -Infinity);
}
