/**
 * Completion in real shells, which ask a real server for paths.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { circuit, PROGRAM } from './program.js';

describe('completion', function () {
  this.timeout(60_000);
  let scratch: string;
  let daemon: Daemon;
  let anchor: string;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    needs(this, 'linux');
    scratch = mkdtempSync(join(tmpdir(), 'completion-'));
    symlinkSync(PROGRAM, join(scratch, 'circuit'));
    daemon = await Daemon.start({ args: ['--no-mount'] });
    anchor = `/${daemon.id}/hello`;
    env = { ...process.env, PATH: `${scratch}:${process.env['PATH'] ?? ''}`, CIRCUIT: daemon.url, TERM: 'xterm' };
    expect(await circuit(['mkchan', anchor, '1'], { env })).to.include({ code: 0 });
  });
  after(async () => {
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  async function run(shell: string, args: readonly string[]): Promise<string> {
    const child = spawn(shell, args, { env, stdio: ['ignore', 'pipe', 'inherit'], cwd: scratch });
    const [out] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return out;
  }

  describe('of bash', () => {
    /** What is offered behind each of these lines. */
    async function offered(...lines: readonly string[]): Promise<readonly (readonly string[])[]> {
      const script = `source <(circuit completion bash)
        for COMP_LINE; do
          COMP_POINT=\${#COMP_LINE}
          $(complete -p circuit | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
          printf '%s\\t' "\${COMPREPLY[@]}"; echo
        done`;
      const out = await run('bash', ['--norc', '-c', script, 'bash', ...lines]);
      return out.trimEnd().split('\n').map((line) => line.split('\t').filter((word) => word !== '')); // prettier-ignore
    }

    it('offers commands, options, signals and files', async () => {
      const [commands, options, signals, files, levels] = await offered(
        'circuit mkp',
        'circuit ls --lo',
        'circuit signal KI',
        'circuit start --key cir',
        'circuit start --log-level ',
      );
      expect(commands).to.deep.equal(['mkproc']);
      expect(options).to.deep.equal(['--long']);
      expect(signals).to.deep.equal(['KILL']);
      expect(files).to.deep.equal(['circuit']);
      expect(levels).to.deep.equal(['error', 'warn', 'info', 'debug']);
    });

    it('asks the circuit for paths, by the way that stands in the line', async () => {
      const [servers, anchors, behind] = await offered(
        'circuit ls ',
        `circuit peek /${daemon.id}/he`,
        `circuit signal KILL -d ${daemon.url} /${daemon.id}/`,
      );
      expect(servers).to.deep.equal([`/${daemon.id}`]);
      expect(anchors).to.deep.equal([anchor]);
      expect(behind).to.deep.equal([anchor]);
    });

    it('shows nothing of a name that a terminal acts on', async () => {
      const odd = `/${daemon.id}/odd`;
      expect(await circuit(['mkchan', `${odd}/\u009b\u061c\u202e`, '1'], { env })).to.include({ code: 0 });
      const [names] = await offered(`circuit peek ${odd}/`);
      expect(names).to.have.length(1);
      expect(names?.[0]).to.match(/^[ -~]+$/).and.include('odd'); // prettier-ignore
      expect(await circuit(['scrub', '-r', odd], { env })).to.include({ code: 0 });
    });

    it('asks it for hosts, where these stand', async () => {
      const host = hostname();
      const [on, second, behind, ps] = await offered(
        `circuit run --on ${host.slice(0, 2)}`,
        `circuit run --on ${host} `,
        'circuit run --on x -- circ',
        'circuit ps ',
      );
      expect(on).to.deep.equal([host]);
      expect(second).to.deep.equal([host]);
      expect(behind).to.deep.equal(['circuit']);
      expect(ps).to.deep.equal([host]);
    });
  });

  describe('of zsh', () => {
    it('completes a command and a path when TAB is pressed', async function () {
      needs(this, 'zsh');
      const script = `zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'autoload -Uz compinit; compinit -D -u; source <(circuit completion zsh); echo rea''dy'
        zpty -r shell said '*ready*'
        zpty -w -n shell $'circuit mkch\\t'
        zpty -r shell said '*mkchan*' && echo command
        zpty -w -n shell $'\\C-ucircuit peek ${anchor.slice(0, 8)}\\t'
        zpty -r shell said '*/${daemon.id}*' && echo server
        zpty -w -n shell $'/\\t'
        zpty -r shell said '*hello*' && echo anchor
        zpty -w -n shell $'\\C-ucircuit run --on ${hostname().slice(0, 2)}\\t'
        zpty -r shell said '*${hostname()}*' && echo host
        zpty -w -n shell $'\\C-ucircuit start --log-level de\\t'
        zpty -r shell said '*debug*' && echo level
        zpty -d shell`;
      expect(await run('zsh', ['-f', '-c', script])).to.equal('command\nserver\nanchor\nhost\nlevel\n');
    });
  });

  describe('of fish', () => {
    it('offers commands, paths and hosts, by the way that stands in the line', async function () {
      needs(this, 'fish');
      const lines = [
        'mkch',
        'ls --lo',
        'signal KI',
        `peek -d ${daemon.url} /${daemon.id}/he`,
        'ps ',
        'run --on x ',
        'run --on x -- circ',
        'start --log-level de',
      ];
      const asked = lines.map((line) => `echo (complete -C 'circuit ${line}' | string replace -r '\\t.*' '')`);
      const out = await run('fish', ['--no-config', '-c', `circuit completion fish | source; ${asked.join('; ')}`]);
      expect(out).to.equal(`mkchan\n--long\nKILL\n${anchor}\n${hostname()}\n${hostname()}\ncircuit\ndebug\n`);
    });
  });
});
