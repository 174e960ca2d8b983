import { expect } from 'vitest';
import type { DeviceFindings } from './testing/device-page.ts';
import { everywhere } from './testing/everywhere.ts';

const reasons = {
  'chromium-webgpu': 'WebGPU says device.lost, reason "destroyed"',
  'chromium-webgl2': 'WebGL2 says webglcontextlost',
  'node-webgpu': 'WebGPU says device.lost, reason "destroyed"',
};

everywhere<DeviceFindings>(
  'a device that fails is named, and another one goes on',
  new URL('./testing/device-page.ts', import.meta.url),
  (found, name) => {
    const right = [0, 1, 2, 0];
    expect(found.two).toEqual([right, right, right]);
    expect(found.turned).toBe(true);
    expect(found.sync).toBe(false);

    const asked = name === 'chromium-webgl2' ? '16.0' : '1024.0';
    expect(found.outOfMemory).toMatchObject({ name: 'OutOfMemoryError' });
    expect(JSON.stringify(found.outOfMemory)).toContain(
      `pad: the GPU is out of memory: it was asked for ${asked} MiB with 0.0 MiB alive`,
    );
    expect(found.afterwards).toEqual(right);

    const [read, submitted, after, uploaded] = found.lost;
    for (const lost of [read, submitted, after]) {
      expect(lost).toMatchObject({ name: 'DeviceLostError' });
      expect(JSON.stringify(lost).replaceAll('\\', '')).toContain(reasons[name]);
    }
    expect(after).toMatchObject({ words: expect.stringMatching(/^pad: the GPU was lost/) });
    expect(uploaded).toEqual([3, 4]);
    expect(found.renewed).toEqual(right);
  },
);
