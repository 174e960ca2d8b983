/** The content of a file in `fixtures`: bundlers for pages pack all of them. */
export async function read<T>(name: string): Promise<T> {
  const file = await import(`../../fixtures/${name}.json`, { with: { type: 'json' } });
  return (file as { default: T }).default;
}
