/** The package's own declarations give the module its old name. */
declare module '@mixmark-io/domino' {
  const domino: {
    createDocument(html?: string, force?: boolean): Page;
  };
  export default domino;

  /** The little of a DOM that is used here. */
  interface Page {
    querySelectorAll(selector: string): ArrayLike<Piece>;
    querySelector(selector: string): Piece | null;
  }
  interface Piece {
    readonly outerHTML: string;
    readonly innerHTML: string;
    readonly textContent: string;
    getAttribute(name: string): string | null;
    querySelectorAll(selector: string): ArrayLike<Piece>;
  }
}
