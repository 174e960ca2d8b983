import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolEnvironment } from '../../../../scripts/setup/paths.mjs';

const execute = promisify(execFile);

/**
 * Runs a program in a folder; resolves to what it prints.
 *
 * @throws Error with all that it has printed, when it fails
 */
export async function run(folder: string, program: string, ...words: string[]): Promise<string> {
  const shell = process.platform === 'win32' && program === 'pnpm';
  try {
    const options = { cwd: folder, env: toolEnvironment(), shell, maxBuffer: 2 ** 26 };
    return (await execute(program, words, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const output = `${stdout}${stderr}`.trim() || String(error);
    throw new Error(`${program} ${words.join(' ')}: ${output}`);
  }
}
