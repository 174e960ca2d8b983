import { work } from './member.ts';
import { type Beginning, nodeThreads } from './spawn.ts';

/** The file that a worker runs: it waits for its beginning, then for work, for ever. */
const port = nodeThreads()?.parentPort;
if (port) port.once('message', (beginning: Beginning) => work(beginning));
else globalThis.onmessage = ({ data }: MessageEvent<Beginning>) => work(data);
