import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Globals that only Node has. A file that asks first, by `globalThis.process?.x` or `typeof process`, passes. */
const nodeGlobals = new Set(['process', 'Buffer', 'require', '__dirname', '__filename', 'setImmediate']);

/**
 * What a source file imports, `[{ from, line, kind }]` with kind `value`, `type` (erased by the compiler) or `dynamic`,
 * and the Node globals that it uses unasked, `[{ name, line }]`.
 */
export function readImports(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const imports = [];
  const globals = [];
  const known = new Set(); // declared in the file, or asked for by typeof
  const line = (node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const add = (node, kind) => {
    if (node && ts.isStringLiteralLike(node)) imports.push({ from: node.text, line: line(node), kind });
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) return add(node.moduleSpecifier, erased(node.importClause) ? 'type' : 'value');
    if (ts.isExportDeclaration(node)) {
      const types = node.isTypeOnly || (node.exportClause?.elements?.every((each) => each.isTypeOnly) ?? false);
      return add(node.moduleSpecifier, types ? 'type' : 'value');
    }
    if (ts.isImportTypeNode(node)) add(node.argument.literal, 'type');
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], 'dynamic');
    }
    if (ts.isTypeOfExpression(node) && ts.isIdentifier(node.expression)) known.add(node.expression.text);
    if (ts.isIdentifier(node) && nodeGlobals.has(node.text)) {
      if (isDeclaration(node)) known.add(node.text);
      else if (isVariable(node)) globals.push({ name: node.text, line: line(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, globals: globals.filter(({ name }) => !known.has(name)) };
}

function erased(clause) {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings?.elements;
  return !clause.name && named !== undefined && named.length > 0 && named.every((each) => each.isTypeOnly);
}

const isDeclaration = (node) => 'name' in node.parent && node.parent.name === node && ts.isDeclaration(node.parent);

/** An identifier that reads a variable: not a property's name, not within a type. */
function isVariable(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return !ts.isTypeReferenceNode(parent) && !ts.isQualifiedName(parent) && !ts.isTypeQueryNode(parent);
}
