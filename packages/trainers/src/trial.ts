import {
  giveTurn,
  mapState,
  type StateTree,
  StepMemory,
  type Tensor,
  type Trial,
  type Workplace,
} from '@unroll/tensor';
import type { Window } from './feed.ts';
import { bringBatch, shapesOf } from './forward.ts';
import { parametersOf } from './gradients.ts';
import { learn } from './learn.ts';
import type { FitOptions, Parts } from './options.ts';
import { readTogether } from './unread.ts';

/** Steps of a device that are timed together, as the run reads them together. */
const together = 4;

/** The first step of a run, to be timed again and again: the run itself is not to know of it. */
export function trialOf(
  parts: Parts,
  window: Window,
  carried: StateTree | undefined,
  { signal, readEvery = together }: Pick<FitOptions, 'signal' | 'readEvery'>,
): Trial {
  const { model, optimizer } = parts;
  const remembered = optimizer.stateDict();
  const tensors = weightsOf(parts);
  // Gradients that somebody wants to add to are none of the trial's business.
  const gradients = [...model.parameters(), ...parametersOf(optimizer)].map(
    (p) => [p, p.grad] as const,
  );
  return {
    run: 'fit',
    program: programOf(parts, window),
    tensors: [...tensors, ...(carried ? leavesOf(carried) : [])],
    signal,
    together: Math.min(together, readEvery),
    async begin(place) {
      for (const [p] of gradients) p.grad = undefined;
      const batch = await bringBatch(place, window);
      const state = await bringAll(place, remembered.state);
      place.within(() => optimizer.loadStateDict({ ...remembered, state }));
      const memory = new StepMemory('a timed step');
      return async (steps) => {
        const losses: Tensor[] = [];
        for (let i = 0; i < steps; i++) {
          const { loss, norm } = place.within(() => learn(parts, batch, carried, memory));
          if (steps === 1) await Promise.all([loss.item(), norm.item()]);
          else losses.push(loss.detach(), norm);
          place.within(() => memory.run(() => optimizer.step()));
          memory.release();
          if (steps > 1) await giveTurn();
        }
        if (losses.length > 0) await readTogether(place, losses, memory);
      };
    },
    end() {
      for (const [p, gradient] of gradients) p.grad = gradient;
      optimizer.loadStateDict(remembered);
    },
  };
}

/** All that a run reads and writes by name, and what its optimizer changes beside that. */
export function weightsOf({ model, optimizer }: Parts): Tensor[] {
  return [...Object.values(model.stateDict()), ...parametersOf(optimizer)];
}

export function leavesOf(state: StateTree): Tensor[] {
  const leaves: Tensor[] = [];
  mapState(state, (leaf) => {
    leaves.push(leaf);
    return leaf;
  });
  return leaves;
}

export async function bringAll(
  place: Workplace,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const brought: Record<string, Tensor> = {};
  for (const [name, x] of Object.entries(tensors)) brought[name] = await place.bring(x);
  return brought;
}

/** What the time of a step depends on. */
function programOf({ model, optimizer, loss, clip }: Parts, window: Window): string {
  const clipping = Object.keys(clip ?? {}).join(' and ') || 'no';
  return `${model}; ${loss.name}; ${optimizer.name}; ${clipping} clip; ${shapesOf(window)}`;
}
