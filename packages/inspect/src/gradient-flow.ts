import { AutogradError, OptionError } from '@unroll/backend';
import { mul, noGrad, Sequence, sum, type Tensor } from '@unroll/tensor';

/** How long the gradient of a sequence was at each of its steps. */
export interface GradientFlow {
  /** Where it was watched, such as `inputs of layer 0`. */
  readonly name: string;
  /**
   * For each step from the first on √(mean of ‖∂L/∂x_t‖²), the mean over the sequences that live then, so that a ragged
   * batch does not look as if its gradients vanished.
   */
  readonly norms: readonly number[];
}

/** What {@link watchGradients} gives. */
export interface GradientWatch {
  /**
   * The gradients of the last backward pass.
   *
   * @throws AutogradError when none has come by
   */
  read(): Promise<GradientFlow[]>;
}

/**
 * Watches how far gradients reach back in time: the norm of ∂L/∂x_t at every step t of sequences that a model computed, such
 * as the rows that go into a recurrent layer. With a loss at the end of a sequence, norms that fall towards its beginning are
 * vanishing gradients, norms that rise are exploding ones (Bengio et al. 1994; Pascanu et al. 2013).
 *
 * @param sequences by the names under which they are shown; call it between forward and backward
 * @throws AutogradError for a sequence through which no gradient flows
 * @example
 * const embedding = new Embedding({ numEmbeddings: 5, embeddingSize: 4 });
 * const x = embedding.forward(Sequence.fromArrays([[1, 2, 3], [4]], { dtype: 'int32' }));
 * const watch = watchGradients({ inputs: x });
 * sum(x.last()).backward();
 * const [flow] = await watch.read(); // flow.norms: one number for each of three steps
 */
export function watchGradients(sequences: Readonly<Record<string, Sequence>>): GradientWatch {
  const entries = Object.entries(sequences);
  for (const [name, x] of entries) needFlow(name, x);
  const squares = new Map<string, Tensor>();
  for (const [name, { rows }] of entries) {
    rows.registerHook((gradient) => {
      squares.set(name, squaresOf(gradient));
      return undefined;
    });
  }
  return {
    async read() {
      const missing = entries.filter(([name]) => !squares.has(name)).map(([name]) => name);
      if (missing.length > 0) {
        throw new AutogradError(
          'watchGradients',
          `no gradient has come by ${missing.join(', ')}. Call backward() of a loss that depends on it first.`,
          { missing },
        );
      }
      return Promise.all(
        entries.map(async ([name, { batchSizes }]) => {
          const values = await (squares.get(name) as Tensor).data();
          return { name, norms: stepNorms(values, batchSizes) };
        }),
      );
    },
  };
}

/** ‖g‖² of each row. */
function squaresOf(gradient: Tensor): Tensor {
  const features = gradient.shape.slice(1).map((_, i) => i + 1);
  return noGrad(() => sum(mul(gradient, gradient), { axis: features }));
}

function stepNorms(squares: ArrayLike<number>, batchSizes: readonly number[]): number[] {
  let at = 0;
  return batchSizes.map((living) => {
    let total = 0;
    for (let i = 0; i < living; i++) total += squares[at++];
    return Math.sqrt(total / living);
  });
}

function needFlow(name: string, x: Sequence): void {
  if (!(x instanceof Sequence)) {
    throw new OptionError('watchGradients', `${name} must be a Sequence; got ${typeof x}`, {
      name,
    });
  }
  if (x.rows.requiresGrad) return;
  throw new AutogradError(
    'watchGradients',
    `no gradient flows through ${name}. Watch what a layer with weights has computed, or set rows.requiresGrad = true.`,
    { name },
  );
}
