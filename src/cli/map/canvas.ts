/**
 * Lines drawn with the dots of Braille patterns (Unicode, U+2800 to U+28FF): two by four to a cell of the terminal. Pure.
 */

/** Bits of a pattern, by row and column of the dot. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BLANK = 0x2800;

export class Canvas {
  readonly #columns: number;
  readonly #rows: number;
  readonly #cells: Uint8Array;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#cells = new Uint8Array(columns * rows);
  }

  /** From the middle of one cell to that of another (Bresenham). */
  line(fromColumn: number, fromRow: number, toColumn: number, toRow: number): void {
    let [x, y] = [fromColumn * 2 + 1, fromRow * 4 + 2];
    const [endX, endY] = [toColumn * 2 + 1, toRow * 4 + 2];
    const [width, height] = [Math.abs(endX - x), -Math.abs(endY - y)];
    const [stepX, stepY] = [Math.sign(endX - x), Math.sign(endY - y)];
    let error = width + height;
    for (;;) {
      this.#dot(x, y);
      if (x === endX && y === endY) return;
      const twice = 2 * error;
      if (twice >= height) {
        error += height;
        x += stepX;
      }
      if (twice <= width) {
        error += width;
        y += stepY;
      }
    }
  }

  /** The cells of a row, each a character; blanks as spaces. */
  row(row: number): string[] {
    const cells = this.#cells.subarray(row * this.#columns, (row + 1) * this.#columns);
    return Array.from(cells, (bits) => (bits === 0 ? ' ' : String.fromCharCode(BLANK + bits)));
  }

  #dot(x: number, y: number): void {
    const [column, row] = [x >> 1, y >> 2];
    if (column < 0 || column >= this.#columns || row < 0 || row >= this.#rows) return;
    const at = row * this.#columns + column;
    this.#cells[at] = (this.#cells[at] ?? 0) | (DOTS[y & 3]?.[x & 1] ?? 0);
  }
}
