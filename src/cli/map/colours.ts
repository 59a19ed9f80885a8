/**
 * The colours of pages and drawings, for a light and for a dark background: each can be told apart from it, and all is said in words as well.
 */

export const COLOURS =
  '--ground: #ffffff; --ink: #1c2430; --soft: #566172; --line: #8a96a8; --edge: #d5dbe4; --calm: #1f7a8c; --busy: #7a5cc9; --over: #b8500b; --silent: #b3261e;';
export const DARK_COLOURS =
  '--ground: #12161d; --ink: #e8edf4; --soft: #a9b4c3; --line: #67748a; --edge: #2c3542; --calm: #57c4d8; --busy: #b49cff; --over: #ff9f5a; --silent: #ff8a80;';
