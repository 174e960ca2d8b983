import type { Ref } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import { KernelText } from '../source/kernel-text.ts';
import { computeAffine } from './affine.ts';
import { attentionBody, vectorElement } from './attention.ts';
import { type Group, isElementwise, widestOf } from './groups.ts';
import { Inline } from './inline.ts';
import { rowBody } from './row-operations.ts';
import type { Compute, Run } from './run.ts';

/** The kernels of all kinds of values. */
export const compute: Compute = {
  group(run, group, t) {
    const value = run.value(group.refs[0]);
    if (value.kind === 'affine') return computeAffine(run, value, run.width(group), t);
    return computeMembers(run, group, run.width(group), t);
  },
  value(run, ref) {
    const value = run.value(ref);
    if (value.kind === 'affine') return computeAffine(run, value, run.size(ref), undefined);
    settle(run, ref);
    return computeMembers(run, { refs: [ref], starts: [0] }, run.size(ref), undefined);
  },
};

type Members = Pick<Group, 'refs' | 'starts'>;

function computeMembers(run: Run, members: Members, width: number, t: number | undefined): Content {
  const text = new KernelText();
  const value = run.value(members.refs[0]);
  const body = isElementwise(value)
    ? elementwiseBody(run, members, t, text)
    : (rowBody(run, value, t, text) ?? attentionBody(run, value, t, text));
  return text.submit(run.device, value.name, run.count(t), width, body);
}

function elementwiseBody(
  run: Run,
  { refs, starts }: Members,
  t: number | undefined,
  text: KernelText,
): readonly string[] {
  const inline = new Inline({
    text,
    values: run.program.values,
    size: (other) => run.size(other),
    read: (other, index) => readElement(run, other, index, t, text),
  });
  const result = refs.length === 1 ? inline.compute(refs[0], 'j') : inline.sideBySide(refs, starts);
  return [...inline.lines, `return ${result};`];
}

/** Computes operands of a value first, where it would have to read too many others at once. */
function settle(run: Run, ref: Ref): void {
  const widest = () => widestOf(run.program.values, ref, (x) => run.lies(x, undefined));
  for (let x = widest(); x !== undefined; x = widest()) run.all(x);
}

function readElement(
  run: Run,
  ref: Ref,
  index: string,
  t: number | undefined,
  text: KernelText,
): string | undefined {
  if (run.value(ref).kind === 'weight') return vectorElement(run, ref, index, text);
  return run.lies(ref, t) ? text.read(run.at(ref, t), 'row', index) : undefined;
}
