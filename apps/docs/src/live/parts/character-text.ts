/** The cells that the lessons compare. */
export const cellChoices = ['gru', 'gru-before', 'lstm', 'rnn', 'mgu'] as const;

/** A text of our own to begin with: short lines that repeat their patterns. */
export const exampleText = `The river runs from the hills to the sea, and what it carries it carries a long way.
A stone that falls into it at the spring is sand when it comes to the shore.
The miller sets a gate across the stream: when the gate is shut the water rises, and when the gate is open the wheel turns.
One gate lets the water in, one gate lets the water out, and one gate drains the pond.
Who keeps the pond needs all three, and who keeps only the stream needs two.
What came down in the spring is still in the pond in autumn, if nobody has opened the drain.
So it is with a sentence: what the first word said must reach the last one, through all the words between.
`;
