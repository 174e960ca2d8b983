import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as brought from './chromium.ts';

/** Where browsers are that somebody has installed. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

function find(): string | undefined {
  const asked = process.env.CHROME_PATH;
  if (asked && !existsSync(asked)) throw new Error(`CHROME_PATH is ${asked}, where no file is`);
  return asked || (brought.program ?? places.find((place) => existsSync(place)));
}

/**
 * The program that opens the pages of the tests: the one that CHROME_PATH names; the Chromium that comes with the development
 * dependencies, on Linux x64; or one that is installed.
 */
export const browser = find();

/** Why there is no browser, and what brings one. */
export const noBrowser = browser
  ? undefined
  : 'a browser comes with the tests on Linux x64 only: install Chrome or Edge, or name one in CHROME_PATH';

/** Whether the browser is the one that comes with the tests, and its GPU in software with it. */
export const broughtBrowser = browser !== undefined && browser === brought.program;

const drivers = ['/usr/lib/chromium', '/opt/google/chrome', dirname(browser ?? '')];

const driver =
  process.env.VK_DRIVER_FILES ??
  drivers.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((file) => existsSync(file));

/** Whether the Vulkan in software is the one that comes with the tests. */
export const broughtVulkan =
  process.env.VK_DRIVER_FILES === undefined && brought.program !== undefined;

/** Why Node has no software Vulkan, and what brings it. */
export const noVulkan =
  broughtVulkan || driver
    ? undefined
    : 'software Vulkan comes with the tests on Linux x64 only: name a driver in VK_DRIVER_FILES (Chromium has one, vk_swiftshader_icd.json; the loader is libvulkan1)';

/** The environment variables with which a program finds a Vulkan in software: the one that comes with the browser. */
export async function softwareVulkan(): Promise<Readonly<Record<string, string>>> {
  if (broughtVulkan) {
    await brought.unpack();
    return brought.vulkanVariables();
  }
  return driver ? { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver } : {};
}

/** Makes a browser ready; resolves to the flags and the environment variables that it needs. */
export async function prepare(
  program: string,
): Promise<{ flags: readonly string[]; variables: Readonly<Record<string, string>> }> {
  if (program !== brought.program) return { flags: [], variables: {} };
  await brought.unpack();
  return { flags: brought.flags, variables: brought.variables() };
}
