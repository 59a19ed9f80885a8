/**
 * Prometheus' text format, and what `promtool check metrics` finds wrong in it: the rules of its linter, and that the label values are names.
 */

export interface Family {
  readonly name: string;
  help: string;
  type: string;
  /** Names, with their suffixes, and labels. */
  readonly samples: { readonly name: string; readonly labels: ReadonlyMap<string, string>; readonly value: number }[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'], summary: ['_sum', '_count', ''] };
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const ABBREVIATIONS = 's ms us ns sec b kb mb gb tb pb m h d'.split(' ');
const OTHER_UNITS =
  /^((milli|micro|nano)seconds|(kilo|mega|giga|tera|kibi|mebi|gibi)?bits|(kilo|mega|giga|tera|kibi|mebi|gibi)bytes|minutes|hours|days|weeks)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/gy;

/** @throws Error for a line that is none, or stands behind no HELP and TYPE of its family */
export function familiesOf(text: string): readonly Family[] {
  const families: Family[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    const last = families.at(-1);
    if (keyword === 'HELP') families.push({ name, help: rest, type: '', samples: [] });
    else if (keyword === 'TYPE' && last?.name === name) last.type = rest;
    else {
      const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      const fits = last !== undefined && (SUFFIXES[last.type] ?? ['']).some((suffix) => sample === `${last.name}${suffix}`);
      if (!fits) throw new Error(`stands where it does not belong: ${line}`);
      last.samples.push({ name: sample, labels: labelsOf(labels, line), value: Number(value) });
    }
  }
  return families;
}

function labelsOf(text: string, line: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(LABEL)];
  if (found.map(([all]) => all).join('') !== text) throw new Error(`has labels that are none: ${line}`);
  return new Map(found.map(([, name = '', value = '']) => [name, value]));
}

/** Each fault in a sentence. */
export function faultsOf(families: readonly Family[]): readonly string[] {
  return families.flatMap((family) => rulesOf(family).filter(([isKept]) => !isKept).map(([, rule]) => `${family.name}: ${rule}`)); // prettier-ignore
}

function rulesOf({ name, help, type, samples }: Family): readonly (readonly [isKept: boolean, rule: string])[] {
  const parts = name.split('_');
  const labels = samples.flatMap((sample) => [...sample.labels.keys()]);
  const isDistribution = type === 'histogram' || type === 'summary';
  return [
    [help !== '', 'no help text'],
    [TYPES.includes(type), 'no type'],
    [name.endsWith('_total') === (type === 'counter'), 'counters, and they alone, end in _total'],
    [isDistribution || !/_(bucket|sum|count)$/.test(name), 'the suffix of a histogram'],
    [!/_(info)$/.test(name) || type === 'gauge', 'an _info is a gauge'],
    [!parts.some((part) => TYPES.includes(part)), 'the type is in the name'],
    [!parts.some((part) => OTHER_UNITS.test(part)), 'the unit is no base unit'],
    [!parts.some((part) => ABBREVIATIONS.includes(part)), 'the unit is abbreviated'],
    [/^[a-z][a-z\d]*(_[a-z\d]+)*$/.test(name), 'the name is not in snake case'],
    [labels.every((label) => /^[a-z][a-z\d_]*$/.test(label)), 'a label is not in snake case'],
    [type === 'histogram' || !labels.includes('le'), 'le is a label of histograms'],
    [type === 'summary' || !labels.includes('quantile'), 'quantile is a label of summaries'],
    [samples.every(({ value }) => !Number.isNaN(value)), 'a value is no number'],
    [
      new Set(samples.map((sample) => JSON.stringify([sample.name, ...sample.labels]))).size === samples.length,
      'a sample stands there twice',
    ],
  ];
}
