/**
 * @typedef {object} Report the fields that are read of vitest's JSON report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string, fullName?: string }[] }[]} testResults
 */

/**
 * Counts a vitest JSON report. A file that could not be loaded has no failing test of its own, and a
 * run that ended badly may have written no report: both count as one failure, never as none.
 *
 * @param {Report | undefined} report
 * @param {number} exitCode
 */
export function tally(report, exitCode) {
  const files = report?.testResults ?? [];
  const broken = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  );
  const failed = (report?.numFailedTests ?? 0) + broken.length;
  return {
    passed: report?.numPassedTests ?? 0,
    failed: exitCode !== 0 ? Math.max(failed, 1) : failed,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

/**
 * What was not run: the whole titles, which say why and what would bring it.
 *
 * @param {Report | undefined} report
 */
export function skippedTitles(report) {
  const tests = (report?.testResults ?? []).flatMap(({ assertionResults }) => assertionResults);
  return tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName ?? '');
}
