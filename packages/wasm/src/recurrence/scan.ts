import { AutogradError, type Kernels, type Scan, type ScanBackward } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { BackwardRuns } from './backward.ts';
import { Compilations } from './compile.ts';
import { ForwardRuns, SavedRows } from './forward.ts';

/** The recurrence kernels of a machine. */
export interface Recurrence extends Pick<Kernels, 'scan' | 'scanBackward'> {
  release(saved: unknown): void;
}

/** Recurrences of floats, compiled; all else is the reference's. */
export function makeRecurrence(machine: Machine, reference: Kernels): Recurrence {
  const compilations = new Compilations(machine);
  const forward = new ForwardRuns(machine, compilations);
  const backward = new BackwardRuns(machine, compilations);
  return {
    scan(call) {
      if (!isCompiled(call)) return reference.scan(call);
      const lease = machine.leases.lease();
      machine.trace.begin();
      try {
        return machine.workspace.during(() => forward.run(call, lease));
      } catch (error) {
        lease.release();
        throw error;
      } finally {
        machine.trace.mark('copies');
      }
    },
    scanBackward(call) {
      if (!isCompiled(call.forward)) return reference.scanBackward(call);
      const saved = savedOf(call);
      machine.trace.begin();
      const found = machine.workspace.during(() => backward.run(call, saved));
      machine.trace.mark('copies');
      return found;
    },
    release(saved) {
      if (saved instanceof SavedRows) saved.release();
    },
  };
}

function savedOf({ forward: { program }, saved }: ScanBackward): SavedRows {
  if (saved instanceof SavedRows && !saved.released) return saved;
  throw new AutogradError(
    program.name,
    'the forward run has kept nothing for a gradient, or what it kept was given back',
  );
}

const kinds = ['steps', 'states', 'sequences', 'memories', 'parameters'] as const;

function isCompiled(call: Scan): boolean {
  return kinds.every((kind) => {
    for (const name in call[kind]) if (call[kind][name].dtype !== 'float32') return false;
    return true;
  });
}
