/** A page of the site: where its Markdown lies in the repository, and what the navigation calls it. */
interface Page {
  readonly source: string;
  readonly title: string;
}

/** Pages under one heading of the navigation. */
export interface Chapter {
  readonly title: string;
  readonly pages: readonly Page[];
}

const page = (source: string, title: string): Page => ({ source, title });

/**
 * The site, in the order in which it is read. Navigation, side bar and the list of what is rendered come from here; a test fails
 * on a page of `docs/` that is not in it.
 */
export const chapters: readonly Chapter[] = [
  {
    title: 'Start',
    pages: [page('docs/start.md', 'A first model'), page('docs/install.md', 'What to install')],
  },
  {
    title: 'Learn',
    pages: [
      page('docs/learn/README.md', 'The lessons'),
      page('docs/learn/01-sequences.md', '1. Sequences'),
      page('docs/learn/02-the-recurrent-cell.md', '2. The recurrent cell'),
      page('docs/learn/03-back-through-time.md', '3. Back through time'),
      page('docs/learn/04-vanishing-gradients.md', '4. Vanishing gradients'),
      page('docs/learn/05-lstm.md', '5. LSTM'),
      page('docs/learn/06-gru.md', '6. GRU'),
      page('docs/learn/07-embeddings.md', '7. Embeddings'),
      page('docs/learn/08-attention.md', '8. Attention'),
      page('docs/learn/lectures.md', 'Lecture by lecture'),
    ],
  },
  {
    title: 'Guides',
    pages: [
      page('docs/text-classifier.md', 'A text classifier from your CSV'),
      page('docs/cells.md', 'Cells'),
      page('docs/own-cell.md', 'Your own cell'),
      page('docs/coming-from.md', 'Coming from elsewhere'),
      page('docs/not-learning.md', 'It does not learn'),
      page('docs/long-range.md', 'Long ranges'),
      page('docs/inputs-and-encoders.md', 'Inputs and encoders'),
      page('docs/inspect.md', 'Looking inside'),
      page('docs/decoding.md', 'From scores to sequences'),
      page('docs/interop.md', 'Weights in and out'),
      page('docs/devices.md', 'Choosing a device'),
      page('docs/profiling.md', 'Where the time goes'),
    ],
  },
  {
    title: 'Projects',
    pages: [
      page('apps/tasks/README.md', 'Sample tasks'),
      page('docs/sentiment.md', 'Sentiment of reviews'),
      page('docs/project-characters.md', 'A character model'),
    ],
  },
  {
    title: 'Results',
    pages: [
      page('docs/benchmarks.md', 'Benchmarks'),
      page('docs/results.md', 'Results'),
      page('docs/sizes.md', 'Sizes'),
      page('apps/bench/README.md', 'How it is measured'),
    ],
  },
  {
    title: 'About',
    pages: [
      page('docs/README.md', 'All pages'),
      page('apps/docs/README.md', 'The site'),
      page('CONTRIBUTING.md', 'Contributing'),
    ],
  },
];

/** The packages that the reference describes, by rows of the house. */
export const packages = [
  ...['tensor', 'nn', 'cells', 'attention', 'optimizers', 'datasets', 'tokenizers'],
  ...['trainers', 'models', 'decoding', 'inspect', 'interop', 'safetensors'],
  ...['backend', 'wasm', 'gpu'],
] as const;
