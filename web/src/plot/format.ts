/** Numbers as a reader meets them: a true minus, few digits, powers of ten where they must be, NaN by its name. */

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function power(exponent: number): string {
  const digits = [...Math.abs(exponent).toString()].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

const minus = (text: string): string => text.replace("-", "−");

/** With so many digits after the point. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return unusual(value);
  const text = value.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

/** With so many digits that count; very small and very large numbers as powers of ten. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return unusual(value);
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  if (size < -4 || size > 5) {
    const [front, exponent] = value.toExponential(digits - 1).split("e");
    return `${minus(front!)} · ${power(Number(exponent))}`;
  }
  const text =
    size >= digits ? value.toFixed(0) : Number(value.toPrecision(digits)).toFixed(Math.max(0, digits - 1 - size));
  return minus(text);
}

/** As short as it can be without a loss: for sliders and ticks. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return unusual(value);
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return minus(String(rounded));
  const [front, exponent] = rounded.toExponential().split("e");
  const ten = power(Number(exponent));
  return front === "1" ? ten : front === "-1" ? `−${ten}` : `${minus(front!)} · ${ten}`;
}

function unusual(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "∞" : "−∞";
}
