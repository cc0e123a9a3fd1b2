/** `node scripts/check-arrows.mjs [DIRECTORY]`: prints each import against the rules as "file:line rule"; status 1 if any. */
import { root } from "./bootstrap/root.mjs";
import { findWrongArrows } from "./source/arrows.mjs";

const wrong = findWrongArrows(process.argv[2] ?? root);
for (const { where, rule } of wrong) console.error(`${where} ${rule}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
