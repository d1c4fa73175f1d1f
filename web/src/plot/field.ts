/** A function of two variables on a grid, and the lines on which it is the same (marching squares). */

export interface Field {
  readonly columns: number;
  readonly rows: number;
  /** Row after row, from the low end of y upward. */
  readonly values: Float64Array;
}

/** The grid's points lie on the edges of the area, too. */
export function fieldOf(columns: number, rows: number, f: (u: number, v: number) => number): Field {
  const values = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      values[row * columns + column] = f(column / (columns - 1), row / (rows - 1));
  return { columns, rows, values };
}

/**
 * Pieces of the line on which the field has this level, as an SVG path.
 *
 * @param place from shares of the area, 0 to 1 each, to pixels.
 */
export function contour(field: Field, level: number, place: (u: number, v: number) => [number, number]): string {
  const { columns, rows, values } = field;
  let path = "";
  const write = (u: number, v: number): string => {
    const [x, y] = place(u / (columns - 1), v / (rows - 1));
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  for (let row = 0; row < rows - 1; row++) {
    for (let column = 0; column < columns - 1; column++) {
      const at = row * columns + column;
      const corners = [values[at]!, values[at + 1]!, values[at + columns + 1]!, values[at + columns]!];
      const crossed: [number, number][] = [];
      for (let edge = 0; edge < 4; edge++) {
        const [a, b] = [corners[edge]! - level, corners[(edge + 1) % 4]! - level];
        if (a >= 0 === b >= 0) continue;
        const t = a / (a - b);
        crossed.push(
          edge === 0
            ? [column + t, row]
            : edge === 1
              ? [column + 1, row + t]
              : edge === 2
                ? [column + 1 - t, row + 1]
                : [column, row + 1 - t],
        );
      }
      for (let i = 0; i + 1 < crossed.length; i += 2) path += `M${write(...crossed[i]!)}L${write(...crossed[i + 1]!)}`;
    }
  }
  return path;
}
