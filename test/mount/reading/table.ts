/**
 * The programs of docs/programs.md: how each is tried on our files. A script reads `$f`, which it opens once, and prints what it got; `$copy` is an
 * empty directory of its own, `$reader` the program of `copy.c`.
 */
import type { Part } from '../../machine.js';

interface Row {
  /** As the page has it. */
  readonly name: string;
  /** Whose implementation, or which of its ways to read. */
  readonly of?: string;
  readonly script: string;
  /** What makes the same of what read(2) gives. */
  readonly same?: string;
  readonly parts?: readonly Part[];
}

/** A program that reads all of our files right. */
export interface Reader extends Row {
  /** It waits in poll(2) or its like, not in a read. */
  readonly polls?: boolean;
}

/** A program that takes a file of unknown size for something else; `log`, whose size is known, it reads right. */
export interface Misreader extends Row {
  /** What it makes of such a file: an empty one, with success, or a failure with this message. */
  readonly makes: 'nothing' | RegExp;
}

/** One of the programs that GNU, busybox and uutils all have. */
function ofEach(name: string, script: (program: string) => string, same = 'cat'): readonly Reader[] {
  return [
    { name, of: 'GNU', script: script(name), same },
    { name, of: 'busybox', script: script(`busybox ${name}`), same, parts: ['busybox'] },
    { name, of: 'uutils', script: script(`coreutils ${name}`), same, parts: ['uutils'] },
  ];
}

/** The beginning alone, by the shell's `read`. */
const FIVE_LINES = 'for i in 1 2 3 4 5; do IFS= read -r line && printf "%s\\n" "$line"; done < "$0"; true';
const HEAD = 'head -n 5';

const ASYNCIO = `
import asyncio, os, sys
async def main():
    f = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    def ready():
        try: part = os.read(f, 100000)
        except BlockingIOError: return
        if part: sys.stdout.buffer.write(part)
        else: loop.remove_reader(f); ended.set_result(None)
    loop.add_reader(f, ready)
    await ended
asyncio.run(main())`;

export const READERS: readonly Reader[] = [
  ...ofEach('cat', (cat) => `${cat} $f`),
  ...ofEach('cp', (cp) => `${cp} $f $copy/to && cat $copy/to`),
  ...ofEach('dd', (dd) => `${dd} if=$f bs=1000`),
  ...ofEach('head', (head) => `${head} -c 50000 $f`, 'head -c 50000'),
  ...ofEach('tail', (tail) => `${tail} -n 5 $f`, 'tail -n 5'),
  ...ofEach('tac', (tac) => `${tac} $f`, 'tac'),
  ...ofEach('sort', (sort) => `${sort} $f`, 'sort'),
  ...ofEach('split', (split) => `cd $copy && ${split} -b 10000 $f && cat x*`),
  ...ofEach('wc', (wc) => `${wc} -c $f | awk '{ print $1 }'`, 'wc -c'),
  ...ofEach('tee', (tee) => `${tee} $copy/to < $f > $copy/too && cmp $copy/to $copy/too && cat $copy/to`),
  ...ofEach('od', (od) => `${od} -An -v -tx1 $f | tr -d ' \\n'`, "od -An -v -tx1 | tr -d ' \\n'"),
  ...ofEach('sha256sum', (sum) => `${sum} $f | cut -d ' ' -f 1`, "sha256sum | cut -d ' ' -f 1"),
  { name: 'awk', script: "awk '{ print }' $f" },
  { name: 'sed', script: "sed -n 'p' $f" },
  { name: 'grep', script: "grep '' $f" },
  { name: 'rg', script: "rg -N --no-filename --color never '^' $f", parts: ['rg'] },
  { name: 'rg --mmap', script: "rg --mmap -N --no-filename --color never '^' $f", parts: ['rg'] },
  { name: 'jq', script: 'jq -Rsj . $f', parts: ['jq'] },
  { name: 'less', script: 'less $f', parts: ['less'] },
  { name: 'vim -es', script: 'vim.tiny -es -u NONE -n -b -c "w! $copy/to" -c q $f < /dev/null > $copy/said && cat $copy/to', parts: ['vim'] },
  { name: 'curl file://', script: 'curl -sS file://$f', parts: ['curl'] },
  { name: 'bash', of: '$(< FILE)', script: 'printf "%s\\n" "$(< $f)"' },
  { name: 'bash', of: 'mapfile', script: 'mapfile lines < $f && printf "%s" "${lines[@]}"' },
  { name: 'bash', of: 'read', script: `bash -c '${FIVE_LINES}' $f`, same: HEAD },
  { name: 'dash', of: 'read', script: `dash -c '${FIVE_LINES}' $f`, same: HEAD, parts: ['dash'] },
  { name: 'zsh', of: '$(< FILE)', script: `zsh -fc 'printf "%s\\n" "$(< $0)"' $f`, parts: ['zsh'] },
  { name: 'zsh', of: 'read', script: `zsh -fc '${FIVE_LINES}' $f`, same: HEAD, parts: ['zsh'] },
  { name: 'mksh', of: '$(< FILE)', script: `mksh -c 'printf "%s\\n" "$(< $0)"' $f`, parts: ['mksh'] },
  { name: 'mksh', of: 'read', script: `mksh -c '${FIVE_LINES}' $f`, same: HEAD, parts: ['mksh'] },
  { name: 'busybox sh', of: 'read', script: `busybox sh -c '${FIVE_LINES}' $f`, same: HEAD, parts: ['busybox'] },
  {
    name: 'fish',
    of: 'read',
    script: `fish --no-config -c 'for i in (seq 5); read -l line; and echo $line; end < $argv[1]; true' $f`,
    same: HEAD,
    parts: ['fish'],
  },
  { name: 'fish', of: 'string collect', script: `fish --no-config -c 'string collect -N < $argv[1]' $f`, parts: ['fish'] },
  { name: 'perl', of: 'while (<>)', script: "perl -pe '' $f" },
  { name: 'perl', of: 'File::Copy', script: "perl -MFile::Copy -e 'copy(@ARGV) or die $!' $f $copy/to && cat $copy/to" },
  { name: 'ruby', of: 'File.read', script: "ruby --disable-gems -e 'print File.read(ARGV[0])' $f", parts: ['ruby'] },
  { name: 'python', of: 'read', script: `python3 -Sc 'import sys; sys.stdout.buffer.write(open(sys.argv[1], "rb").read())' $f`, parts: ['python3'] },
  {
    name: 'python',
    of: 'shutil.copyfile',
    script: `python3 -Sc 'import shutil, sys; shutil.copyfile(*sys.argv[1:])' $f $copy/to && cat $copy/to`,
    parts: ['python3'],
  },
  { name: 'python', of: 'add_reader of asyncio', script: `python3 -Sc '${ASYNCIO}' $f`, parts: ['python3'], polls: true },
  { name: 'node', of: 'readFileSync', script: `node -e 'fs.writeSync(1, fs.readFileSync(process.argv[1]))' $f` },
  { name: 'node', of: 'fs.promises.readFile', script: `node -e 'fs.promises.readFile(process.argv[1]).then((all) => fs.writeSync(1, all))' $f` },
  { name: 'node', of: 'createReadStream', script: `node -e 'fs.createReadStream(process.argv[1]).pipe(process.stdout)' $f` },
  { name: 'C', of: 'read', script: '$reader read $f', parts: ['gcc'] },
  { name: 'C', of: 'getline', script: '$reader getline $f', parts: ['gcc'] },
  { name: 'C', of: 'copy_file_range or sendfile or splice', script: '$reader copy $f', parts: ['gcc'] },
];

export const MISREADERS: readonly Misreader[] = [
  { name: 'node', of: 'fs.copyFile', script: `node -e 'fs.copyFileSync(...process.argv.slice(1))' $f $copy/to && cat $copy/to`, makes: 'nothing' },
  { name: 'ruby', of: 'IO.copy_stream', script: `ruby --disable-gems -e 'IO.copy_stream(ARGV[0], ARGV[1])' $f $copy/to && cat $copy/to`, parts: ['ruby'], makes: 'nothing' }, // prettier-ignore
  { name: 'tar', script: 'tar cf $copy/to -P $f && tar xOPf $copy/to', makes: 'nothing' },
  { name: 'rsync', script: 'rsync $f $copy/to && cat $copy/to', parts: ['rsync'], makes: 'nothing' },
  { name: 'git hash-object', script: 'git -C $copy hash-object $f | grep -v "^e69de29"', makes: 'nothing' },
  { name: 'zsh', of: '$mapfile', script: `zsh -fc 'zmodload zsh/mapfile; print -rn -- "$mapfile[$0]"' $f`, parts: ['zsh'], makes: 'nothing' },
  { name: 'head -n -N', of: 'uutils', script: 'coreutils head -n -5 $f', same: 'head -n -5', parts: ['uutils'], makes: /./ },
  { name: 'head -c -N', of: 'uutils', script: 'coreutils head -c -5 $f', same: 'head -c -5', parts: ['uutils'], makes: 'nothing' },
  { name: 'split -n', of: 'GNU', script: 'cd $copy && split -n 2 $f && cat x*', makes: /cannot determine file size/ },
  {
    name: 'python',
    of: 'mmap',
    script: `python3 -Sc 'import mmap, sys; sys.stdout.buffer.write(mmap.mmap(open(sys.argv[1], "rb").fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ))' $f`,
    parts: ['python3'],
    makes: /cannot mmap an empty file/,
  },
];

/** As a test and the page name it. */
export const titleOf = ({ name, of }: Row): string => (of === undefined ? name : `${name} (${of})`);
