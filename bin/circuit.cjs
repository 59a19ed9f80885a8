'use strict';
/**
 * Starts the program that was built here: the bundle of what is there now, else the modules. CommonJS, as the bundle is: for a module Node loads what
 * takes a third of its own start once more.
 */
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { loadBundle } = require('./bundle.cjs');

const args = process.argv.slice(2);
const kind = ['start', 'mount'].includes(args[0]) ? 'daemon' : 'command';
const bundle = loadBundle(kind);

if (bundle !== undefined) bundle.main(args);
else runModules();

function runModules() {
  const main = join(__dirname, '../dist/src/cli/main.js');
  if (existsSync(main)) return import(pathToFileURL(main).href).then((modules) => modules.main(args));
  process.stderr.write('circuit: not built yet: run "npm run setup" in the checkout first\n');
  process.exit(1);
}
