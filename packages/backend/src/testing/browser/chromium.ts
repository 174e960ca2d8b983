import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

// The npm package @sparticuz/chromium: a Chromium for Linux on x64 with the libraries that a bare machine lacks, software Vulkan
// and its loader among them. It is packed; what is unpacked lies in the repository's .cache.

type Variables = Readonly<Record<string, string>>;

/** The loader that the program was linked for: systems without it (Alpine, NixOS) cannot start it. */
const loader = '/lib64/ld-linux-x86-64.so.2';
const cache = fileURLToPath(new URL('../../../../../.cache/', import.meta.url));

function packageEntry(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(loader))
    return undefined;
  return fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
}

const entry = packageEntry();

function packageVersion(entry: string): string {
  return JSON.parse(readFileSync(join(entry, '..', '..', 'package.json'), 'utf8')).version;
}

const folder = entry && join(cache, `chromium-${packageVersion(entry)}`);

/** Where the program lies once {@link unpack} has been called; nothing on other systems. */
export const program = folder && join(folder, 'chromium');

/** Its headless shell closes a page at once that nothing could talk to. */
export const flags = ['--remote-debugging-port=0'];

/** What the program wants to be told. */
export function variables(): Variables {
  return {
    LD_LIBRARY_PATH: libraries('al2023/lib'),
    FONTCONFIG_PATH: join(folder ?? '', 'fonts'),
  };
}

/** What makes any other program find the software Vulkan. */
export function vulkanVariables(): Variables {
  const driver = join(folder ?? '', 'vk_swiftshader_icd.json');
  return { LD_LIBRARY_PATH: libraries('.'), VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
}

function libraries(path: string): string {
  const others = process.env.LD_LIBRARY_PATH;
  return [join(folder ?? '', path), ...(others ? [others] : [])].join(':');
}

/**
 * Unpacks what the package holds, once for each version of it: beside its place, where it is then put in one step, so that several
 * processes may ask at the same time.
 */
export async function unpack(): Promise<void> {
  if (!entry || !folder || !program || existsSync(program)) return;
  await mkdir(cache, { recursive: true });
  const own = await mkdtemp(`${folder}-`);
  try {
    const options = { env: { ...process.env, TMPDIR: own } };
    const args = ['--input-type=module', '-e', unpacking(entry)];
    await promisify(execFile)(process.execPath, args, options);
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
}

/** The package unpacks into the system's temporary folder, whichever that is. */
function unpacking(entry: string): string {
  const libraries = join(entry, '..', '..', 'bin', 'al2023.tar.br');
  return `
    const { default: chromium, inflate } = await import(${JSON.stringify(pathToFileURL(entry).href)});
    await Promise.all([chromium.executablePath(), inflate(${JSON.stringify(libraries)})]);`;
}
