/** What the tests use of the npm package `jubatus`, whose own types do not stand alone. */

export interface NpmDatum {
  addString(key: string, value: string): NpmDatum;
  addNumber(key: string, value: number): NpmDatum;
  readonly stringValues: [string, string][];
}

export interface NpmClassifier {
  train(data: readonly object[]): Promise<number>;
  classify(data: readonly NpmDatum[]): Promise<{ label: string; score: number }[][]>;
  getLabels(): Promise<Record<string, number>>;
  setLabel(label: string): Promise<boolean>;
  deleteLabel(label: string): Promise<boolean>;
  clear(): Promise<boolean>;
  save(id: string): Promise<Record<string, string>>;
  load(id: string): Promise<boolean>;
  getConfig(): Promise<string>;
  getStatus(): Promise<Record<string, Record<string, string>>>;
  doMix(): Promise<boolean>;
}

declare const jubatus: {
  readonly common: { readonly types: { readonly Datum: new () => NpmDatum } };
  readonly classifier: {
    readonly client: { readonly Classifier: new (port: number, host: string, name?: string) => NpmClassifier };
    readonly types: { readonly LabeledDatum: new (label: string, datum: NpmDatum) => object };
  };
};

export default jubatus;
