/**
 * Many questions, some of them under way at one moment.
 */

/** The answers, in the order of the questions. @throws what one of them fails with */
export async function atOnce<T, R>(most: number, questions: readonly T[], ask: (question: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  const rest = questions.entries();
  const work = async (): Promise<void> => {
    for (const [at, question] of rest) answers[at] = await ask(question);
  };
  await Promise.all(Array.from({ length: Math.min(most, questions.length) }, work));
  return answers;
}
