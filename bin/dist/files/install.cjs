/**
 * The package's install script: compiles native/ if none of the compiled variants that the package has can be loaded here. All does without, more or
 * less, so a machine that cannot compile gets a sentence, and no failure.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { dirname, join } = require('node:path');

const ROOT = dirname(__dirname);

function fits(folder) {
  try {
    require(join(ROOT, 'native', folder, 'circuit.node'));
    return true;
  } catch {
    return false;
  }
}

function compile() {
  const gyp = process.env.npm_config_node_gyp;
  if (!gyp) throw new Error('node-gyp is missing: expected npm to name it in npm_config_node_gyp');
  execFileSync(process.execPath, [gyp, 'rebuild', '-C', join(ROOT, 'native')], { stdio: ['ignore', 'inherit', 'inherit'] });
}

if (process.platform === 'linux' && !fits(`linux-${process.arch}`) && !fits('build/Release')) {
  try {
    compile();
  } catch (error) {
    console.error(`circuitfs: the addon for linux-${process.arch} cannot be compiled: ${error.message.split('\n')[0]}`);
    console.error(
      'circuitfs: servers and mounts do with less: see "circuit doctor"; or install g++, make and python3 and run "npm rebuild circuitfs"',
    );
  }
}
