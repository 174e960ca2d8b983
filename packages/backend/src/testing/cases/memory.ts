import { allocate } from '../../contract/dtype.ts';
import { checkSame } from '../check.ts';
import type { Suite } from '../suite.ts';

const all = { dtypes: ['float32', 'float64', 'int32', 'bool'] } as const;

export function memoryCases(suite: Suite): void {
  suite.case('upload: copies, and read gives a copy of the window', async () => {
    const backend = await suite.backend();
    for (const dtype of backend.dtypes) {
      const values = allocate(dtype, 6);
      values.set([0, 1, 1, 0, 1, 0]);
      const memory = backend.upload(values);
      values.fill(0);
      checkSame({ dtype: memory.dtype, length: memory.length }, { dtype, length: 6 });
      const window = { memory, offset: 1, shape: [2, 2], dtype };
      const read = await backend.read(window);
      checkSame([...read], [1, 1, 0, 1]);
      read.fill(0);
      checkSame([...(await backend.read(window))], [1, 1, 0, 1]);
      if (backend.readSync) checkSame([...backend.readSync(window)], [1, 1, 0, 1]);
    }
  });

  suite.agree('assign: overwrites its target and nothing beside it', all, (bench) => {
    const whole = bench.operand([6], [1, 0, 1, 0, 1, 0]);
    const target = { ...whole, offset: whole.offset + 2, shape: [2] };
    bench.kernels.assign(target, bench.operand([2], [0, 1]));
    return bench.kernels.slice(whole, [0], [6], [1]);
  });

  suite.agree('cast: from every dtype to every other', all, (bench) => {
    const values = bench.dtype === 'bool' ? [0, 1, 1] : [0, 2, -3];
    const x = bench.operand([3], values);
    return bench.dtypes.map((dtype) => bench.kernels.cast(x, dtype));
  });
  suite.agree('cast: to int32 cuts towards zero, to bool asks for other than 0', {}, (bench) => {
    const x = bench.operand([6], [1.9, -1.9, 0.5, -0.5, 0, 7]);
    return [bench.kernels.cast(x, 'int32'), bench.kernels.cast(x, 'bool')];
  });
}
