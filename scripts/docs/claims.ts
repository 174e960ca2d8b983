import ts from 'typescript';

/** How a program of the documentation says what a line gives: `norm(x); // 5`, `const y = …; // [2, 3]`. */
const claim =
  /^[ \t]*\/\/ (?:→ )?(-?\d[\d.e+-]*|\[[\d.,eE+\-[\] ]*\]|true|false|'[^']*')(?= *(?:$|[;:(]))/;

/** The import that programs with claims begin with. */
const claimsPrelude = "import { says } from '../../scripts/docs/says.ts';";

/**
 * Turns the comments behind statements into checks: the value, or the shape, must be what the comment
 * says. Every statement stays on its line.
 */
function withClaims(code: string): string {
  const source = ts.createSourceFile('claims.ts', code, ts.ScriptTarget.Latest, true);
  const edits = source.statements.flatMap((statement) => {
    const [, said] = claim.exec(code.slice(statement.end).split('\n')[0]) ?? [];
    const value = said === undefined ? undefined : claimed(statement);
    if (said === undefined || value === undefined) return [];
    return [
      { from: statement.getStart(), to: statement.end, text: checked(statement, value, said) },
    ];
  });
  return edits.reduceRight(
    (text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to),
    code,
  );
}

function checked(statement: ts.Statement, value: string, said: string): string {
  const check = `await says(${value}, ${JSON.stringify(said)});`;
  return ts.isExpressionStatement(statement) ? check : `${statement.getText()} ${check}`;
}

/** The expression that a comment is about: that of the statement, what is printed, or what is declared. */
function claimed(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) {
    const [{ name }] = statement.declarationList.declarations;
    return ts.isIdentifier(name) ? name.text : undefined;
  }
  if (!ts.isExpressionStatement(statement)) return undefined;
  const { expression } = statement;
  if (!ts.isCallExpression(expression)) return expression.getText();
  const isPrint = expression.expression.getText() === 'console.log';
  if (!isPrint) return expression.getText();
  return expression.arguments.length === 1 ? expression.arguments[0].getText() : undefined;
}

/** A program whose comments are checked. */
export function checkedProgram<T extends { readonly code: string; readonly prelude?: string }>(
  program: T,
): T {
  const { code, prelude = '' } = program;
  return { ...program, code: withClaims(code), prelude: `${claimsPrelude} ${prelude}` };
}
