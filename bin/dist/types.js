/**
 * The types that the library's exports are made of, without anything of another package: what a schema's type comes to is written out.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../setup/checkout.js';

const BUILT = join(ROOT, 'dist/src/');

/** Copies them into a package once for each module system: the compiler asks the nearest package.json which one they are for. */
export async function copyTypes(root) {
  const texts = await typesFrom(join(BUILT, 'api/index.d.ts'));
  for (const [folder, type] of [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ]) {
    const into = join(root, 'dist/types', folder);
    for (const [file, text] of texts) {
      const copy = join(into, file.slice(BUILT.length));
      fs.mkdirSync(dirname(copy), { recursive: true });
      fs.writeFileSync(copy, text);
    }
    fs.writeFileSync(join(into, 'package.json'), `${JSON.stringify({ type })}\n`);
  }
}

/** The text of each file that the entry leads to, by path. */
async function typesFrom(entry) {
  const { default: ts } = await import('typescript');
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  });
  const texts = new Map([[entry, '']]);
  for (const file of texts.keys()) {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${file} is missing`);
    const text = withoutSchemas(ts, program.getTypeChecker(), source);
    texts.set(file, text);
    const { importedFiles } = ts.preProcessFile(text, true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) addNew(texts, join(dirname(file), fileName.replace(/\.js$/, '.d.ts')));
      else if (!fileName.startsWith('node:')) throw new Error(`${file}: its types need ${fileName}, which is not part of the package`);
    }
  }
  return texts;
}

function addNew(texts, file) {
  if (!texts.has(file)) texts.set(file, '');
}

/** `type X = v.InferInput<typeof SCHEMA>` becomes the object that it stands for; the schema and its package are then not needed. */
function withoutSchemas(ts, checker, source) {
  const { InTypeAlias, NoTruncation } = ts.TypeFormatFlags;
  const isSchemas = (node) => ts.isImportDeclaration(node) && node.moduleSpecifier.text === 'valibot';
  if (!source.statements.some(isSchemas)) return withoutMap(source.text);
  const parts = source.statements.map((node) => {
    if (isSchemas(node) || (ts.isVariableStatement(node) && node.getText().includes('v.'))) return '';
    if (!ts.isTypeAliasDeclaration(node) || !node.type.getText().startsWith('v.Infer')) return node.getFullText();
    const type = checker.getTypeFromTypeNode(node.type);
    const written = checker.typeToString(type, undefined, InTypeAlias | NoTruncation);
    return node.getFullText().replace(node.type.getText(), written);
  });
  return withoutMap(`${parts.join('').trim()}\n`);
}

function withoutMap(text) {
  return text.replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
}
