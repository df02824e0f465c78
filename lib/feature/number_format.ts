/** Number as C++ streams print it (`%g`): six significant digits. Larger ids therefore collide, as in Jubatus. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && value < 1e6 && value > -1e6) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const [mantissa, exponentText] = roundToSix(value).split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) {
    const text = Number(`${mantissa}e${exponentText}`).toFixed(5 - exponent);
    return exponent < 5 ? text.replace(/\.?0+$/, "") : text;
  }
  const digits = Math.abs(exponent).toString().padStart(2, "0");
  return `${mantissa.replace(/\.?0+$/, "")}e${exponent < 0 ? "-" : "+"}${digits}`;
}

/** `d.ddddde±x`. Exact ties go to the even digit as in C; `toExponential` alone would round them up. */
function roundToSix(value: number): string {
  const rounded = value.toExponential(5);
  if (!value.toExponential(6).includes("5e")) return rounded;
  const exact = value.toExponential(60);
  const tie = /^(-?\d\.\d{4}(\d))50*e/.exec(exact);
  return tie !== null && Number(tie[2]) % 2 === 0 ? tie[1]! + exact.slice(exact.indexOf("e")) : rounded;
}
