/** How long computing may keep the event loop waiting, in milliseconds. */
const patience = 50;

let lastTurn = 0;

/**
 * Gives the event loop a turn when it has waited too long. Awaiting resolved promises alone starves timers, abort
 * signals and Ctrl-C, because microtasks run before all of them.
 */
export async function takeTurn(): Promise<void> {
  const now = performance.now();
  if (now - lastTurn >= patience) await giveTurn();
}

/**
 * Gives the event loop a turn. Before that comes, all that was submitted to a device is on its way there: a step that is
 * submitted without a turn after it waits in the queue with the next one, whose memory it could have given up.
 */
export async function giveTurn(): Promise<void> {
  await macrotask();
  lastTurn = performance.now();
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    // setTimeout would wait 4 ms when nested; a message does not.
    const { port1, port2 } = new MessageChannel();
    const receive = () => {
      port1.close();
      resolve();
    };
    Object.assign(port1, { onmessage: receive });
    port2.postMessage(undefined);
  });
}
