/**
 * Options whose value is a number.
 */
import { InvalidArgumentError } from 'commander';

interface Range {
  readonly min: number;
  readonly max: number;
  /** `min` itself is too little. */
  readonly above?: boolean;
  readonly integer?: boolean;
}

/** @param unit what it is a number of, in the plural */
export function numberOption(unit: string, { min, max, above = false, integer = false }: Range): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value <= max && (above ? value > min : value >= min) && (!integer || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(
      `Give a number of ${unit}${above ? `, more than ${min} and at most ${max}` : ` from ${min} to ${max}`}.`,
    );
  };
}
