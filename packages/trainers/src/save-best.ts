import type { ModelParts, SaveableModel } from '@unroll/models';
import { save } from '@unroll/models/node';
import type { Callback } from './callback.ts';

/**
 * Saves the model as a folder whenever a validation was the best one so far.
 *
 * @param parts what belongs to the model: `tokenizer`, `labels`, `extra`
 * @throws while training, FileError when the folder cannot be written
 * @example
 * const callbacks = [saveBest('my-model', { labels: ['no', 'yes'] })];
 */
export function saveBest(folder: string | URL, parts: Omit<ModelParts, 'model'> = {}): Callback {
  return {
    async onValidate({ step }, run) {
      if (run.best?.step !== step) return;
      await save(folder, { ...parts, model: run.model as SaveableModel });
    },
  };
}
