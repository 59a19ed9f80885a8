/**
 * A page that shows a session on several hosts, command by command: its commands are typed, and what they print is compared with the page or written
 * into it. A line in a block that begins with `HOST# ` is typed on that host, what follows is what it prints.
 */
import { pattern } from './page-examples.js';

export interface Step {
  readonly host: string;
  readonly command: string;
  /** What the page shows below it. */
  readonly shown: string;
}

const BLOCK = /^```console\n(.*?)^```$/gms;
const TYPED = /^(web-\d+)# (.*)$/;
/** What is another one each time, and what stands for it in the page. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b[XC][\da-f]{16}\b/g, 'X…'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '…'],
  [/(circuit:\/\/[\d.]+:\d+\/)\d+\b/g, '$1…'],
  [/("?\b[Pp]id"?[:=] ?)\d+/g, '$1…'],
];

/** In the order of the page. */
export function stepsOf(text: string): readonly Step[] {
  return [...text.matchAll(BLOCK)].flatMap(([, block = '']) => stepsIn(block));
}

function stepsIn(block: string): readonly Step[] {
  const steps: Step[] = [];
  for (const line of block.split('\n').slice(0, -1)) {
    const [, host, command = ''] = TYPED.exec(line) ?? [];
    const last = steps.at(-1);
    if (host !== undefined) steps.push({ host, command, shown: '' });
    else if (last !== undefined) steps[steps.length - 1] = { ...last, shown: `${last.shown}${line}\n` };
  }
  return steps;
}

/** Whether this is what the page shows. */
export function isShown(step: Step, printed: string): boolean {
  return pattern(step.shown).test(printed);
}

/** The page with what was printed, in the place of what it shows where that is something else. */
export function withOutputs(text: string, outputs: readonly string[]): string {
  const left = [...outputs];
  return text.replace(BLOCK, (_, block: string) => {
    const lines = stepsIn(block).map((step) => {
      const printed = left.shift() ?? '';
      return `${step.host}# ${step.command}\n${isShown(step, printed) ? step.shown : masked(printed)}`;
    });
    return `\`\`\`console\n${lines.join('')}\`\`\``;
  });
}

function masked(text: string): string {
  return MASKS.reduce((so, [what, stands]) => so.replace(what, stands), text).replace(/[ \t]+$/gm, '');
}
