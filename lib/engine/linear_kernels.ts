/**
 * Inner loops of the linear methods. `cells` says for each feature of a vector where its weight and covariance
 * stand; features that occur twice are applied one after the other.
 *
 * @module
 */

/** Sum of weight * value; features with cell -1 have none. */
export function dotProduct(weights: Float64Array, cells: Int32Array, values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const cell = cells[i]!;
    if (cell >= 0) sum += weights[cell]! * values[i]!;
  }
  return sum;
}

/** Sum of covariance * value^2; features with cell -1 have covariance 1. */
export function sumVariance(covariances: Float64Array, cells: Int32Array, values: Float64Array, count: number): number {
  let variance = 0;
  for (let i = 0; i < count; i++) {
    const cell = cells[i]!;
    const value = values[i]!;
    variance += (cell >= 0 ? covariances[cell]! : 1) * value * value;
  }
  return variance;
}

/** Adds step * value to the weights. */
export function addScaled(
  weights: Float64Array,
  cells: Int32Array,
  values: Float64Array,
  count: number,
  step: number,
): void {
  for (let i = 0; i < count; i++) weights[cells[i]!]! += values[i]! * step;
}

/** AROW: adds alpha * covariance * value to the weights, shrinks covariances by beta * (covariance * value)^2. */
export function updateArow(
  weights: Float64Array,
  covariances: Float64Array,
  cells: Int32Array,
  values: Float64Array,
  count: number,
  alpha: number,
  beta: number,
): void {
  for (let i = 0; i < count; i++) {
    const cell = cells[i]!;
    const value = values[i]!;
    const covariance = covariances[cell]!;
    weights[cell]! += alpha * covariance * value;
    covariances[cell] = covariance - beta * covariance * covariance * value * value;
  }
}

/** CW: adds step * covariance * value to the weights, adds 2 * gamma * confidence * value^2 to 1 / covariance. */
export function updateConfidence(
  weights: Float64Array,
  covariances: Float64Array,
  cells: Int32Array,
  values: Float64Array,
  count: number,
  gamma: number,
  step: number,
  confidence: number,
): void {
  for (let i = 0; i < count; i++) {
    const cell = cells[i]!;
    const value = values[i]!;
    const covariance = covariances[cell]!;
    weights[cell]! += step * covariance * value;
    covariances[cell] = 1 / (1 / covariance + 2 * gamma * value * value * confidence);
  }
}

/** NHERD: adds loss * covariance * value / divisor to the weights, adds shrink * value^2 to 1 / covariance. */
export function updateHerd(
  weights: Float64Array,
  covariances: Float64Array,
  cells: Int32Array,
  values: Float64Array,
  count: number,
  loss: number,
  divisor: number,
  shrink: number,
): void {
  for (let i = 0; i < count; i++) {
    const cell = cells[i]!;
    const value = values[i]!;
    const covariance = covariances[cell]!;
    weights[cell]! += loss * (value * covariance) / divisor;
    covariances[cell] = 1 / (1 / covariance + shrink * value * value);
  }
}
