/**
 * A real Prometheus scrapes three servers of one circuit: the targets, the dashboard's queries and the alerts are those of docs/deploy.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { circuit } from '../cli/program.js';
import { Daemon } from '../lib/daemon.js';
import { freePort } from '../lib/free-port.js';
import { needs } from '../lib/machine.js';

const DEPLOY = fileURLToPath(new URL('../../../docs/deploy/', import.meta.url));
const HOSTS = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
const LIMIT_MS = 60_000;

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describe('Prometheus', function () {
  this.timeout(2 * LIMIT_MS);
  const daemons: Daemon[] = [];
  let scratch = '';
  let url = '';
  let prometheus: ReturnType<typeof spawn> | undefined;

  const ask = async (path: string): Promise<{ readonly data: Record<string, unknown> }> => {
    const response = await fetch(`${url}/api/v1/${path}`);
    expect(response.status, path).to.equal(200);
    return (await response.json()) as { data: Record<string, unknown> };
  };
  const query = async (expression: string): Promise<readonly Sample[]> =>
    (await ask(`query?query=${encodeURIComponent(expression)}`)).data['result'] as readonly Sample[];
  /** Scrapes come when they come. */
  const until = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
    const end_ms = performance.now() + LIMIT_MS;
    while (!(await condition().catch(() => false))) {
      if (performance.now() > end_ms) throw new Error(`not within ${LIMIT_MS} ms: ${what}`);
      await delay(100);
    }
  };

  before(async function () {
    needs(this, 'prometheus');
    scratch = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const port = await freePort();
    for (const host of HOSTS) {
      const join_ = daemons[0] === undefined ? [] : ['-j', daemons[0].url];
      daemons.push(await Daemon.start({ args: ['--no-mount', '-a', `${host}:0`, '--metrics', `${host}:${port}`, ...join_] }));
    }
    const via = ['-d', daemons[0]?.url ?? ''];
    await until('three members', async () => (JSON.parse((await circuit(['members', '--json', ...via])).stdout) as unknown[]).length === 3);
    const { stdout: targets } = await circuit(['members', '--http-sd', String(port), ...via]);
    writeFileSync(join(scratch, 'targets.json'), targets);
    copyFileSync(join(DEPLOY, 'alerts.yml'), join(scratch, 'alerts.yml'));
    const config = readFileSync(join(DEPLOY, 'prometheus.yml'), 'utf8').replace('scrape_interval: 15s', 'scrape_interval: 1s');
    writeFileSync(join(scratch, 'prometheus.yml'), `global: { evaluation_interval: 1s }\n${config}`);
    execFileSync('promtool', ['check', 'config', 'prometheus.yml'], { cwd: scratch });
    await circuit(['mkchan', ...via, `/${daemons[2]?.id}/far`, '1']);
    url = `http://127.0.0.1:${await freePort()}`;
    const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${url.slice('http://'.length)}`];
    prometheus = spawn('prometheus', args, { cwd: scratch, stdio: 'ignore' });
    await until('three targets', async () => (await query('sum(up{job="circuit"})'))[0]?.value[1] === '3');
    await until('rates', async () => {
      await circuit(['peek', ...via, `/${daemons[2]?.id}/far`]);
      return (await query('sum(rate(circuit_calls_total[1m])) > 0')).length > 0;
    });
  });

  after(async () => {
    if (prometheus?.exitCode === null) {
      const ended = once(prometheus, 'exit');
      prometheus.kill();
      await ended;
    }
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    if (scratch !== '') rmSync(scratch, { recursive: true });
  });

  it('knows each server by its host and ID', async () => {
    const samples = await query('circuit_members');
    expect(samples.map(({ metric }) => metric['circuit_server']).sort()).to.deep.equal(daemons.map(({ id }) => id).sort());
    expect(samples.map(({ value }) => value[1])).to.deep.equal(['3', '3', '3']);
  });

  it('finds nothing to say of the metrics', async () => {
    for (const daemon of daemons) {
      const target = ((await ask('targets')).data['activeTargets'] as { scrapeUrl: string }[])[daemons.indexOf(daemon)];
      const text = await (await fetch(target?.scrapeUrl ?? '')).text();
      expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).to.equal('');
    }
  });

  it('answers each query of the dashboard, most of them with figures', async () => {
    const { panels } = JSON.parse(readFileSync(join(DEPLOY, 'grafana.json'), 'utf8')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    const silent: string[] = [];
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const samples = await query(expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'));
        if (samples.length === 0) silent.push(title);
      }
    }
    expect(silent).to.deep.equal([]);
  });

  it('has the alerts, and none of them rings', async () => {
    expect(execFileSync('promtool', ['check', 'rules', join(DEPLOY, 'alerts.yml')], { encoding: 'utf8' })).to.include('7 rules found');
    await until('all rules evaluated', async () => {
      const groups = (await ask('rules')).data['groups'] as { rules: { health: string }[] }[];
      return groups.every(({ rules }) => rules.every(({ health }) => health === 'ok'));
    });
    const firing = (await ask('alerts')).data['alerts'] as { labels: { alertname: string } }[];
    expect(firing.map(({ labels }) => labels.alertname)).to.deep.equal([]);
  });

  it('rings when a server is gone', async () => {
    await daemons[2]?.stop();
    await until('the alert', async () => {
      const alerts = (await ask('alerts')).data['alerts'] as { labels: { alertname: string } }[];
      return alerts.some(({ labels }) => labels.alertname === 'CircuitServerDown');
    });
    await until('two members', async () => (await query('max(circuit_members)'))[0]?.value[1] === '2');
  });
});
