import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program in the foreground and resolves to its exit code. Ctrl-C in a terminal already
 * reaches the whole process group, so it is passed on only where there is no terminal.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>}
 */
export function foreground(program, args, options = {}) {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  const forward = {
    SIGINT: () => terminal || child.kill('SIGINT'),
    SIGTERM: () => child.kill('SIGTERM'),
    SIGHUP: () => child.kill('SIGHUP'),
  };
  for (const [signal, pass] of Object.entries(forward)) process.on(signal, pass);
  const watch = watchLauncher(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  }).finally(() => {
    clearInterval(watch);
    for (const [signal, pass] of Object.entries(forward)) process.off(signal, pass);
  });
}

/**
 * npm hands a SIGTERM to the shell between itself and a script, which dies of it and tells nobody: the script
 * then has another parent.
 *
 * @param {() => void} orphaned
 */
function watchLauncher(orphaned) {
  const launcher = process.ppid;
  const byNpm = process.env.npm_lifecycle_event !== undefined;
  return setInterval(() => byNpm && process.ppid !== launcher && orphaned(), 500).unref();
}

/**
 * Runs a program out of sight and resolves to its exit code and everything it wrote.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function captured(program, args, options = {}) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
