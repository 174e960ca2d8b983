import { add, grad, matmul, mul, sub, sum, tanh, tensor } from '@unroll/tensor';
import type { Program } from './program.ts';
import { type ThroughTimeInput, type ThroughTimeOutput, throughTime } from './through-time.ts';

/** The numbers by hand, and how far autograd's are from them. */
export interface AutogradOutput extends ThroughTimeOutput {
  readonly difference: number;
}

/** Both ways to the gradients of the lesson on backpropagation through time, in float64. */
export const bothWays: Program<ThroughTimeInput, AutogradOutput> = async (input) => {
  const byHand = throughTime(input);
  const byAutograd = await autograd(input);
  const { W, U, b, V } = byHand.gradients;
  const differences = [...W, ...U.flat(), ...b, ...V].map((x, i) => Math.abs(x - byAutograd[i]));
  return { ...byHand, difference: Math.max(...differences) };
};

/** ∂C/∂W, ∂C/∂U, ∂C/∂b and ∂C/∂V one after another, out of the forward pass alone. */
async function autograd({ x, target, ...numbers }: ThroughTimeInput): Promise<number[]> {
  const float64 = (values: number[][]) => tensor(values, { dtype: 'float64' });
  const weight = (values: readonly number[][]) =>
    tensor([...values], { dtype: 'float64', requiresGrad: true });
  const W = weight([[...numbers.W]]);
  const U = weight(numbers.U.map((row) => [...row]));
  const b = weight([[...numbers.b]]);
  const V = weight(numbers.V.map((v) => [v]));
  let h = float64([[0, 0]]);
  let C = float64([[0]]);
  for (const t of x.keys()) {
    h = tanh(add(matmul(float64([[x[t]]]), W), matmul(h, U), b));
    const error = sub(matmul(h, V), target[t]);
    C = add(C, mul(mul(error, error), 0.5));
  }
  const found = await Promise.all(grad(sum(C), [W, U, b, V]).map((one) => one.data()));
  return found.flatMap((values) => Array.from(values as Float64Array));
}
