/**
 * The programs of docs/programs.md: how each is tried on our files. A script reads `$f`, which it opens once, and prints what it got; `$copy` is an
 * empty directory of its own, `$reader` the program of `copy.c`. A script `ofPairs`, of a program that takes long to start, is run once for several
 * files: its arguments are each file and the one that it is copied to.
 */
import type { Part } from '../../lib/machine.js';

interface Row {
  /** As the page has it. */
  readonly name: string;
  /** Whose implementation, or which of its ways to read. */
  readonly of?: string;
  readonly script: string;
  readonly ofPairs?: boolean;
  /** What makes the same of what read(2) gives. */
  readonly same?: string;
  readonly parts?: readonly Part[];
}

/** A program that reads all of our files right. */
export interface Reader extends Row {
  /** It waits in poll(2) or epoll_wait(2), not in a read. */
  readonly polls?: boolean;
}

/** A program that a file of unknown size is too much for. */
export interface Misreader extends Row {
  /** What it makes of such a file: an empty one, with success, or a failure with this message. */
  readonly makes: 'nothing' | RegExp;
  /** It maps the file, which it cannot with `log` either; others read that right, since its size is known. */
  readonly maps?: boolean;
}

/** One of the programs that GNU, busybox and uutils all have. */
function ofEach(name: string, script: (program: string) => string, same = 'cat'): readonly Reader[] {
  return [
    { name, of: 'GNU', script: script(name), same },
    { name, of: 'busybox', script: script(`busybox ${name}`), same, parts: ['busybox'] },
    { name, of: 'uutils', script: script(`coreutils ${name}`), same, parts: ['uutils'] },
  ];
}

function python(of: string, script: string): readonly Row[] {
  const pairs = 'import sys; pairs = list(zip(sys.argv[1::2], sys.argv[2::2]))';
  return [{ name: 'python', of, script: `python3 -Sc '${pairs}\n${script}' "$@"`, ofPairs: true, parts: ['python3'] }];
}

function node(of: string, script: string): readonly Row[] {
  const pairs = 'const words = process.argv.slice(1), pairs = []; while (words.length > 0) pairs.push(words.splice(0, 2));';
  return [{ name: 'node', of, script: `node -e '${pairs} ${script}' "$@"`, ofPairs: true }];
}

function ruby(of: string, script: string): readonly Row[] {
  const each = (body: string): string => `ARGV.each_slice(2) { |file, to| ${body} }`;
  return [{ name: 'ruby', of, script: `ruby --disable-gems -e '${each(script)}' "$@"`, ofPairs: true, parts: ['ruby'] }];
}

/** The beginning alone, by the shell's `read`. */
const FIVE_LINES = 'for i in 1 2 3 4 5; do IFS= read -r line && printf "%s\\n" "$line"; done < "$0"; true';
const HEAD = 'head -n 5';

const ASYNCIO = `
import asyncio, os
async def copy(path, to):
    f = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    def ready():
        try: part = os.read(f, 100000)
        except BlockingIOError: return
        if part: target.write(part)
        else: loop.remove_reader(f); ended.set_result(None)
    with open(to, "wb") as target:
        loop.add_reader(f, ready)
        await ended
async def copy_all(): await asyncio.gather(*(copy(*pair) for pair in pairs))
asyncio.run(copy_all())`;
const MAP = `
import mmap
for path, to in pairs:
    with open(path) as f, open(to, "wb") as target:
        try: target.write(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ))
        except Exception as error: print(error, file=sys.stderr)`;

export const READERS: readonly Reader[] = [
  ...ofEach('cat', (cat) => `${cat} $f`),
  ...ofEach('cp', (cp) => `${cp} $f $copy/to && cat $copy/to`),
  ...ofEach('dd', (dd) => `${dd} if=$f bs=1000`),
  ...ofEach('head', (head) => `${head} -c 50000 $f`, 'head -c 50000'),
  { name: 'head', of: 'GNU with -n -N', script: 'head -n -5 $f', same: 'head -n -5' },
  ...ofEach('tail', (tail) => `${tail} -n 5 $f`, 'tail -n 5'),
  ...ofEach('tac', (tac) => `${tac} $f`, 'tac'),
  ...ofEach('sort', (sort) => `${sort} $f`, 'sort'),
  { name: 'split', of: 'GNU', script: 'cd $copy && split -b 10000 $f && cat x*' },
  { name: 'split', of: 'uutils', script: 'cd $copy && coreutils split -b 10000 $f && cat x*', parts: ['uutils'] },
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
  {
    name: 'vim -es',
    script: 'vim.tiny -es -u NONE -n -b -c "w! $copy/to" -c q $f < /dev/null > $copy/said && cat $copy/to',
    parts: ['vim'],
  },
  { name: 'curl file://', script: 'curl -sS file://$f', parts: ['curl'] },
  { name: 'bash', of: '$(< FILE)', script: 'printf "%s\\n" "$(< $f)"' },
  { name: 'bash', of: 'mapfile', script: 'mapfile lines < $f && printf "%s" "${lines[@]}"' },
  { name: 'bash', of: 'read', script: `bash -c '${FIVE_LINES}' $f`, same: HEAD },
  { name: 'dash', of: 'read', script: `dash -c '${FIVE_LINES}' $f`, same: HEAD, parts: ['dash'] },
  { name: 'zsh', of: '$(< FILE)', script: `zsh -fc 'printf "%s\\n" "$(< $0)"' $f`, parts: ['zsh'] },
  { name: 'zsh', of: 'read', script: `zsh -fc '${FIVE_LINES}' $f`, same: HEAD, parts: ['zsh'] },
  { name: 'mksh', of: '$(< FILE)', script: `mksh -c 'print -r -- "$(< $0)"' $f`, parts: ['mksh'] },
  { name: 'mksh', of: 'read', script: `mksh -c '${FIVE_LINES}' $f`, same: HEAD, parts: ['mksh'] },
  { name: 'busybox sh', of: 'read', script: `busybox sh -c '${FIVE_LINES}' $f`, same: HEAD, parts: ['busybox'], polls: true },
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
  ...ruby('File.read', 'File.write(to, File.read(file))'),
  ...python('read', 'for path, to in pairs: open(to, "wb").write(open(path, "rb").read())'),
  ...python('shutil.copyfile', 'import shutil; [shutil.copyfile(*pair) for pair in pairs]'),
  ...python('add_reader of asyncio', ASYNCIO).map((row) => ({ ...row, polls: true })),
  ...node('readFileSync', 'for (const [file, to] of pairs) fs.writeFileSync(to, fs.readFileSync(file))'),
  ...node('fs.promises.readFile', 'for (const [file, to] of pairs) fs.promises.readFile(file).then((all) => fs.writeFileSync(to, all))'),
  ...node('createReadStream', 'for (const [file, to] of pairs) fs.createReadStream(file).pipe(fs.createWriteStream(to))'),
  { name: 'C', of: 'read', script: '$reader read $f', parts: ['gcc'] },
  { name: 'C', of: 'getline', script: '$reader getline $f', parts: ['gcc'] },
  { name: 'C', of: 'copy_file_range or sendfile or splice', script: '$reader copy $f', parts: ['gcc'] },
];

export const MISREADERS: readonly Misreader[] = [
  ...node('fs.copyFile', 'for (const pair of pairs) fs.copyFileSync(...pair)').map((row) => ({ ...row, makes: 'nothing' as const })),
  ...ruby('IO.copy_stream', 'IO.copy_stream(file, to)').map((row) => ({ ...row, makes: 'nothing' as const })),
  { name: 'tar', script: 'tar cf $copy/to -P $f && tar xOPf $copy/to', makes: 'nothing' },
  { name: 'rsync', script: 'rsync $f $copy/to && cat $copy/to', parts: ['rsync'], makes: 'nothing' },
  {
    name: 'git hash-object',
    script: 'git -C $copy hash-object $f | sed /^e69de29/d',
    same: 'git hash-object --stdin',
    parts: ['git'],
    makes: 'nothing',
  },
  {
    name: 'zsh',
    of: '$mapfile',
    script: `zsh -fc 'zmodload zsh/mapfile; print -rn -- "$mapfile[$0]"' $f`,
    parts: ['zsh'],
    makes: 'nothing',
    maps: true,
  },
  { name: 'head', of: 'uutils with -n -N', script: 'coreutils head -n -5 $f', same: 'head -n -5', parts: ['uutils'], makes: /./ },
  { name: 'head', of: 'uutils with -c -N', script: 'coreutils head -c -5 $f', same: 'head -c -5', parts: ['uutils'], makes: 'nothing' },
  ...python('mmap', MAP).map((row) => ({ ...row, makes: /^(cannot mmap an empty file|.*No such device)$/m, maps: true })),
];

/** As a test and the page name it. */
export const titleOf = ({ name, of }: Row): string => (of === undefined ? name : `${name} (${of})`);
