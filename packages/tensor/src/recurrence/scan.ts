import type { Memory, ScanGradients, ScanResult } from '@unroll/backend';
import { isAnomalyEnabled, isGradEnabled } from '../autograd/mode.ts';
import { hasNaN, record, records, wrap } from '../autograd/record.ts';
import { home, needFloating, on } from '../core/accept.ts';
import { outside } from '../core/made.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  type FullCall,
  inputsOf,
  type Kind,
  outputNames,
  rowsIn,
  type ScanCall,
  type ScanInput,
  type ScanOutput,
} from './call.ts';
import { checkCall } from './check.ts';
import { replay, replayGradients } from './replay.ts';

/**
 * Runs a recurrence program over whole sequences, as one operation on the tape. Its derivative is the program's
 * derivative program; when second derivatives or the anomaly mode are asked for, the steps are replayed through ordinary
 * operations instead.
 *
 * @throws ShapeError listing all inputs that are missing, unknown or misshapen
 */
export function scan(given: ScanCall): ScanOutput {
  const call: FullCall = { sequences: {}, memories: {}, lengths: {}, watch: [], ...given };
  checkCall(call);
  const inputs = inputsOf(call);
  const tensors = inputs.map((input) => input.tensor);
  needFloating(call.program.name, tensors);
  const backend = home(tensors);
  const isRecorded = records(tensors);
  const forward = {
    program: call.program,
    schedule: call.schedule,
    lengths: call.lengths,
    watch: call.watch,
    save: isRecorded && savingOf(call, inputs),
    ...operandsOf(inputs, (x) => on(backend, x)),
  };
  const result = backend.kernels.scan(forward);
  const outputs = wrapResult(call, result, (memory, shape) => wrap(backend, memory, shape));
  if (!isRecorded && !isAnomalyEnabled()) return outputs;
  if (isAnomalyEnabled() && [...outputs.made, ...Object.values(outputs.watched)].some(hasNaN)) {
    replay(call);
  }
  const names = outputNames(call.program);
  const [made, states] = [names.outputs.length, names.states.length];
  record(
    call.program.name,
    tensors,
    outputs.made,
    (gradients, needs) => {
      if (isGradEnabled() || isAnomalyEnabled())
        return replayGradients(call, inputs, gradients, needs);
      const found = backend.kernels.scanBackward({
        forward,
        saved: result.saved,
        outputs: present(names.outputs, gradients.slice(0, made)),
        finalStates: present(names.states, gradients.slice(made, made + states)),
        watch: call.onGradients ? call.watch : [],
        wanted: wantedOf(inputs, needs),
        lend: lendable(inputs, needs),
      });
      // They were asked for, so they do not belong to this backward pass.
      outside(() =>
        call.onGradients?.(
          mapValues(found.watched, (memory, name) =>
            wrap(backend, memory, outputs.watched[name].shape),
          ),
        ),
      );
      return inputs.map(({ kind, name, tensor }, i) =>
        needs[i] ? wrap(backend, gradientOf(found, kind, name), tensor.shape) : undefined,
      );
    },
    tensors,
    () => backend.release?.(result.saved),
  );
  return { outputs: outputs.outputs, finalStates: outputs.finalStates, watched: outputs.watched };

  function present(which: readonly string[], gradients: readonly (Tensor | undefined)[]) {
    const found: Record<string, ReturnType<typeof on>> = {};
    for (const [i, name] of which.entries()) {
      const gradient = gradients[i];
      if (gradient) found[name] = on(backend, gradient);
    }
    return found;
  }
}

function gradientOf(found: ScanGradients, kind: Kind, name: string) {
  return found[kind][name];
}

/** Nothing is kept for inputs that want no gradient, unless gradients inside are asked for. */
function savingOf(call: FullCall, inputs: readonly ScanInput[]): true | Record<Kind, string[]> {
  return call.onGradients
    ? true
    : wantedOf(
        inputs,
        inputs.map(({ tensor }) => tensor.requiresGrad),
      );
}

/** Parameters whose gradients go nowhere but to them: leaves that no hook watches. */
function lendable(inputs: readonly ScanInput[], needs: readonly boolean[]): string[] {
  const names: string[] = [];
  for (const [i, { kind, name, tensor }] of inputs.entries()) {
    if (kind === 'parameters' && needs[i] && !tensor.node && !tensor.hooks?.length)
      names.push(name);
  }
  return names;
}

function operandsOf<T>(
  inputs: readonly ScanInput[],
  operand: (x: Tensor) => T,
): Record<Kind, Record<string, T>> {
  const out: Record<Kind, Record<string, T>> = {
    steps: {},
    states: {},
    sequences: {},
    memories: {},
    parameters: {},
  };
  for (const { kind, name, tensor } of inputs) out[kind][name] = operand(tensor);
  return out;
}

function wantedOf(inputs: readonly ScanInput[], needs: readonly boolean[]): Record<Kind, string[]> {
  const out: Record<Kind, string[]> = {
    steps: [],
    states: [],
    sequences: [],
    memories: [],
    parameters: [],
  };
  for (const [i, { kind, name }] of inputs.entries()) if (needs[i]) out[kind].push(name);
  return out;
}

function wrapResult(
  call: FullCall,
  result: ScanResult,
  make: (memory: Memory, shape: number[]) => Tensor,
): ScanOutput & { made: Tensor[] } {
  const { batchSizes } = call.schedule;
  const rows = rowsIn(batchSizes);
  const byRows = (memory: Memory) => make(memory, [rows, memory.length / rows]);
  const byBatch = (memory: Memory) => make(memory, [batchSizes[0], memory.length / batchSizes[0]]);
  const { program } = call;
  const made: Tensor[] = [];
  const outputs: Record<string, Tensor> = {};
  for (const { name } of program.outputs) {
    outputs[name] = byRows(result.outputs[name]);
    made.push(outputs[name]);
  }
  const finalStates: Record<string, Tensor> = {};
  for (const { name } of program.states) {
    finalStates[name] = byBatch(result.finalStates[name]);
    made.push(finalStates[name]);
  }
  return { outputs, finalStates, watched: mapValues(result.watched, byRows), made };
}

function mapValues<T, U>(
  from: Readonly<Record<string, T>>,
  fn: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, fn(value, name)]));
}
