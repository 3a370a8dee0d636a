// The snapshot of each package's public surface, `packages/*/api.md`: what every entry exports, with its type. Fails where
// the sources say something else; `--write` records them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { entries, packages, report, root } from './workspace.mjs';

const write = process.argv.includes('--write');
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
const program = ts.createProgram(
  packages.flatMap((each) => entries(each).map(([, file]) => file)),
  options,
);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });
const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;

const problems = [];
for (const each of packages) {
  const found = entries(each);
  if (found.length === 0) continue;
  const text = `${[
    `# Public surface of \`${each.name}\``,
    'Written by `node scripts/api.mjs --write`; a change here is a change for users.',
    ...found.map(([name, file]) => section(each.name + name.slice(1), file)),
  ].join('\n\n')}\n`;
  const file = join(each.path, 'api.md');
  const recorded = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (recorded === text) continue;
  if (write) writeFileSync(file, text);
  else if (recorded === '') problems.push(`${relative(root, file)} is missing`);
  else
    problems.push(
      `${relative(root, file)} differs from the sources (- recorded, + now):\n${difference(recorded, text)}`,
    );
}
if (problems.length > 0) problems.push('If the change is meant, record it: node scripts/api.mjs --write');
report(problems, write ? 'recorded' : 'the public surface is as recorded');

function section(entry, file) {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  const lines = (module ? checker.getExportsOfModule(module) : [])
    .map((symbol) => withoutPlaces(describe(symbol, source)))
    .sort((a, b) => (a < b ? -1 : 1));
  return [`## \`${entry}\``, lines.length > 0 ? `\`\`\`ts\n${lines.join('\n')}\n\`\`\`` : 'Exports nothing.'].join(
    '\n\n',
  );
}

/** Types by their names alone: TypeScript says of some in which file of this machine they stand. */
function withoutPlaces(text) {
  return text.replace(/import\("[^"]*"\)\./g, '');
}

/** One export: functions and values by their types, types by their declarations without comments. */
function describe(exported, source) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const name = exported.getName();
  const declaration = symbol.declarations?.[0];
  if (!declaration) return `unresolved ${name}`;
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
    const text = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile());
    return text.replace(/^export /, '').replaceAll('    ', '  ');
  }
  const type = checker.getTypeOfSymbolAtLocation(symbol, source);
  if (ts.isClassDeclaration(declaration)) return describeClass(name, symbol, declaration, type);
  const signatures = type.getCallSignatures();
  if (symbol.flags & ts.SymbolFlags.Function) {
    return signatures
      .map((each) => `function ${name}${checker.signatureToString(each, declaration, flags)}`)
      .join('\n');
  }
  return `const ${name}: ${checker.typeToString(type, declaration, flags)}`;
}

function describeClass(name, symbol, declaration, type) {
  const heritage = (declaration.heritageClauses ?? []).map((each) => ` ${each.getText()}`).join('');
  const member = (each, prefix) => {
    const at = each.valueDeclaration ?? declaration;
    if (ts.getCombinedModifierFlags(at) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return [];
    const own = ts.getCombinedModifierFlags(at) & ts.ModifierFlags.Readonly ? 'readonly ' : '';
    const memberType = checker.typeToString(checker.getTypeOfSymbolAtLocation(each, at), at, flags);
    return [`  ${prefix}${own}${each.getName()}: ${memberType};`];
  };
  const statics = checker.getPropertiesOfType(type).filter((each) => each.getName() !== 'prototype');
  const ownMembers = [...(symbol.members?.values() ?? [])].filter((each) => each.flags & ts.SymbolFlags.ClassMember);
  const isOwn = (each) => each.valueDeclaration?.parent === declaration;
  return [
    `class ${name}${heritage} {`,
    ...type.getConstructSignatures().map((each) => `  new${checker.signatureToString(each, declaration, flags)};`),
    ...statics.filter(isOwn).flatMap((each) => member(each, 'static ')),
    ...ownMembers
      .filter((each) => each.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Property | ts.SymbolFlags.Accessor))
      .flatMap((each) => member(each, '')),
    '}',
  ].join('\n');
}

/** The lines that only one of two texts has, by their longest common subsequence. */
function difference(before, after) {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) lines.push(`  - ${a[i++]}`);
    else lines.push(`  + ${b[j++]}`);
  }
  return lines.join('\n');
}
