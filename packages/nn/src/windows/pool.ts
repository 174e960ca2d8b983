import {
  div,
  fuse,
  greater,
  isnan,
  logicalOr,
  reshape,
  split,
  sum,
  type Tensor,
  tensor,
  where,
} from '@unroll/tensor';
import type { Plan } from './plan.ts';
import { readWindows } from './read.ts';

// PyTorch's choice: the first of equals, and NaN wins; so the gradient goes to one place.
const larger = /* @__PURE__ */ fuse((a, b) => where(logicalOr(greater(b, a), isnan(b)), b, a), {
  name: 'maxPool',
});

/** The largest of what each window reads: `[windows, channels]`. */
export function largest(rows: Tensor, plan: Plan): Tensor {
  const taps = readWindows(rows, plan, { beyond: -Infinity, byTap: true });
  return split(taps, plan.taps).reduce((a, b) => larger(a, b));
}

/** The mean of what each window reads, places beyond the data counted as zeros or not at all. */
export function average(rows: Tensor, plan: Plan, countIncludePad: boolean): Tensor {
  const channels = rows.shape[1];
  const taps = readWindows(rows, plan, { byTap: true });
  const total = sum(reshape(taps, [plan.taps, plan.windows, channels]), { axis: 0 });
  if (countIncludePad || !plan.ids.includes(plan.rows)) return div(total, plan.taps);
  const counts = tensor(realTaps(plan), { dtype: rows.dtype, shape: [plan.windows, 1] });
  return div(total, counts);
}

function realTaps({ ids, rows, windows, taps }: Plan): Float64Array {
  const counts = new Float64Array(windows);
  for (const [i, id] of ids.entries()) if (id < rows) counts[Math.floor(i / taps)] += 1;
  return counts;
}
