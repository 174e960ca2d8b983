/** Shows how much of a download is there. */
export interface Progress {
  tell(bytes: number, whole: number | undefined): void;
  stop(): void;
}

const mega = (bytes: number) => (bytes / 1e6).toFixed(1);

/** A bar on a terminal; elsewhere a line for each tenth. */
export async function progressOf(
  terminal: boolean,
  say: (line: string) => void,
): Promise<Progress> {
  return terminal ? bar() : lines(say);
}

async function bar(): Promise<Progress> {
  const { default: progress } = await import('cli-progress');
  const drawn = new progress.SingleBar(
    {
      format: '{bar} {there} of {all} MB · {eta_formatted} left',
      // Both would outlive a Ctrl-C: a hidden cursor, and a handler that keeps the process alive.
      hideCursor: false,
      gracefulExit: false,
      barsize: 24,
    },
    progress.Presets.shades_classic,
  );
  let started = false;
  return {
    tell(bytes, whole) {
      const payload = { there: mega(bytes), all: whole === undefined ? '?' : mega(whole) };
      if (started) drawn.update(bytes, payload);
      else drawn.start(whole ?? bytes, bytes, payload);
      started = true;
    },
    stop: () => drawn.stop(),
  };
}

function lines(say: (line: string) => void): Progress {
  let told = -1;
  return {
    tell(bytes, whole) {
      const tenth =
        whole === undefined ? Math.floor(bytes / 1e7) : Math.floor((10 * bytes) / whole);
      if (tenth === told) return;
      told = tenth;
      say(`${mega(bytes)}${whole === undefined ? '' : ` of ${mega(whole)}`} MB`);
    },
    stop() {},
  };
}
