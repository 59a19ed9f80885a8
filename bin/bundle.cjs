'use strict';
/**
 * The program as one file with V8's compiled code beside it: a fifth of the start's time. It is used only if it was made of exactly what lies in
 * `dist/` and `node_modules/` now; otherwise, and when in doubt, the modules themselves are. All of that is told by contents, never by times: a copy
 * of a checkout starts as fast as the checkout.
 */
const { Buffer } = require('node:buffer');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const FOLDER = join(__dirname, '../dist/bundle');
const RECORD = 'made-of.json';
const CODE = 'circuit.cjs';
/** V8's code for what runs until it is told to stop, and for what is over at once: neither reads the functions that the other one needs. */
const CACHES = { daemon: 'daemon.cache', command: 'command.cache' };
/** Of SHA-256. */
const SEAL_BYTES = 32;

const pathInBundle = (name) => join(FOLDER, name);
const BUNDLE = { code: pathInBundle(CODE), record: pathInBundle(RECORD), caches: CACHES };

/** What a bundle is made of: each compilation writes the one file, each installation of packages the other. In the packed package there are neither. */
function ingredients() {
  return {
    compiled: hashOf('../dist/.tsbuildinfo'),
    packages: hashOf('../node_modules/.package-lock.json'),
    maker: ['./setup/bundle.js', './setup/bundler.js'].map(hashOf),
  };
}

function hashOf(path) {
  const content = readIfThere(join(__dirname, path));
  return content && createHash('sha256').update(content).digest('hex');
}

/** The exports of the program's main module; undefined if there is no bundle of what is there now. @param kind a key of `CACHES` */
function loadBundle(kind) {
  // With coverage asked for, the lines that count are those of the modules.
  if (process.env.NODE_V8_COVERAGE !== undefined || !isCurrent()) return undefined;
  const source = readIfThere(BUNDLE.code);
  if (source === undefined) return undefined;
  const text = source.toString('latin1'); // it is ASCII
  return runBundle(compileBundle(text, readCache(kind, source)));
}

function isCurrent() {
  const now = ingredients();
  return now.compiled === undefined || readIfThere(BUNDLE.record)?.toString() === JSON.stringify(now);
}

/** V8 compiles anew what was made with other flags. */
function compileBundle(text, cachedData) {
  return new Script(`(function(module,exports,require,__filename){${text}\n})`, { filename: BUNDLE.code, cachedData });
}

function runBundle(script) {
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, createRequire(BUNDLE.code), BUNDLE.code);
  return module.exports;
}

/** V8's code as it lies in a file: behind a seal over all that it depends on and over itself, since V8 trusts it blindly. */
function sealCache(source, code) {
  return Buffer.concat([beginSeal(source).update(code).digest(), code]);
}

/** Undefined if there is none, or one of another bundle, of another Node, or damaged: then V8 compiles what it needs. */
function readCache(kind, source) {
  const file = readIfThere(pathInBundle(CACHES[kind]));
  const code = file?.subarray(SEAL_BYTES);
  return code !== undefined && beginSeal(source).update(code).digest().equals(file.subarray(0, SEAL_BYTES)) ? code : undefined;
}

function beginSeal(source) {
  const { node, v8 } = process.versions;
  return createHash('sha256').update(`${node} ${v8} ${process.arch} ${source.length}\n`).update(source);
}

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // whatever the reason, there is another way
  }
}

module.exports = { BUNDLE, compileBundle, ingredients, loadBundle, pathInBundle, readCache, runBundle, sealCache };
