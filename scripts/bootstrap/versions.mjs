/**
 * The pinned toolchain: npm packages and their exact versions.
 *
 * The npm package `node` carries the Node binary itself, so a machine that reaches only the npm registry gets it too.
 * pnpm also stands in package.json ("packageManager"), where turbo reads it; a test holds the two together.
 */
export const versions = Object.freeze({ node: "26.10.0", pnpm: "12.21.0" });
