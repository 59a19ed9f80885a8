/**
 * The texts of `help`: what a directory is, and for each file that it has now a line to copy. Paths are quoted for the shell, and nothing in a text
 * acts on a terminal, whatever anchors are called.
 */
import { after } from '../../src/base/after.js';
import type { Awaitable } from '../../src/base/bytes.js';
import { escapeControls } from '../../src/base/quote.js';
import { commandsFor } from '../../src/command/offered.js';
import type { ElementKind } from '../../src/base/kind.js';
import type { AnchorHolder, FileKind } from './control-file.js';
import type { ElementView } from './kinds.js';
import { pathToCopy, type View } from './view.js';

/** The files that an anchor has, with the element in this state. */
type FilesNow = (
  kind: ElementKind | undefined,
  state: unknown,
) => ReadonlyMap<string, { readonly name: string; readonly kind: FileKind<AnchorHolder> }>;

/** Of an anchor or a server, as it is now. */
export function anchorHelp(anchor: AnchorHolder, viewOf: (kind: ElementKind) => ElementView, filesNow: FilesNow): Awaitable<string> {
  const compose = (kind: ElementKind | undefined, state: unknown): string =>
    anchorText(anchor, kind === undefined ? undefined : viewOf(kind), kind, state, filesNow);
  return after(anchor.stat(), ({ kind }) => {
    if (kind === undefined) return compose(kind, undefined);
    return after(anchor.tree.peek(anchor.path), (state) => compose(kind, state));
  });
}

function anchorText(
  anchor: AnchorHolder,
  element: ElementView | undefined,
  kind: ElementKind | undefined,
  state: unknown,
  filesNow: FilesNow,
): string {
  const notices = element?.notices?.(state, anchor.toCopy('ctl')) ?? [];
  const name = escapeControls(`/${[anchor.server, ...anchor.path].join('/')}`);
  const holds = element === undefined ? 'which holds no element yet' : `which holds ${element.title}`;
  const ctl = anchor.toCopy('ctl');
  return [
    anchor.path.length === 0 ? `${name} is a server.` : `${name} is an anchor, ${holds}.`,
    ...notices,
    '',
    ...Array.from(filesNow(kind, state).values(), (file) => row(file.name, file.kind.purpose, file.kind.example(anchor.toCopy(file.name)))),
    '',
    'Commands for ctl:',
    '',
    ...commandsFor(kind).flatMap(({ name: command, help, example, jsonExample }) => [
      row(command, help, `echo ${example} > ${ctl}`),
      ...(jsonExample === undefined ? [] : [`    echo ${jsonExample} > ${ctl}`]),
    ]),
    '',
    `Anchors below this one are made by mkdir, and removed with what they hold by rmdir:`,
    '',
    `    mkdir ${anchor.toCopy('name')}`,
    `    rmdir ${anchor.toCopy('name')}`,
    '',
    'The commands mk… make what they make in an anchor below with -C, which makes that anchor if need be; a line each, any number in one write:',
    '',
    `    echo mkproc -C name /bin/ls -l / > ${ctl}`,
    '',
  ].join('\n');
}

function row(name: string, purpose: string, example: string): string {
  return `${name.padEnd(10)} ${purpose}\n    ${example}`;
}

/** Of the root. */
export function rootHelp(view: View): string {
  const at = (...names: string[]): string => pathToCopy(view, names);
  return `This is a circuit: servers, each with a tree of anchors. An anchor is a directory;
it may hold one element, a process, a container, a channel …, which is used by reading and writing files.

${row('members', 'the live servers: ID, address, host name, since when', `cat ${at('members')}`)}
${row('events', 'what happens on all of them, and on as it happens', `head -n 1 ${at('events')}`)}
${row('self', `the server that this mount talks to, ${view.circuit.self.id}`, `ls -F ${at('self', '')}`)}
${row('host', 'the live servers by host name', `ls -l ${at('host')}`)}

Every directory has a file help about itself. To start a program and see what it prints:

    mkdir ${at('self', 'hello')}
    echo mkproc /bin/date > ${at('self', 'hello', 'ctl')}
    cat ${at('self', 'hello', 'stdout')}
    cat ${at('self', 'hello', 'help')}
    rmdir ${at('self', 'hello')}
`;
}

/** Of the directory of host names. */
export function hostHelp(view: View): string {
  return `The live servers by host name: each entry leads to a server's directory. A second server of the same host
has its ID in its name too, and one without a proper host name has nothing but its ID.

    ls -l ${pathToCopy(view, ['host'])}
`;
}
