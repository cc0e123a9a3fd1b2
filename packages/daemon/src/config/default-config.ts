import { stringify } from "smol-toml";
import { type ConfigKey, configKeys } from "./config-keys.ts";

/** What stands for the names that the user chooses. */
const exampleName = "example";

/**
 * The whole configuration as a file with comments that says what holds without any. A line that begins with `#` and no
 * blank after it is a setting to be made by taking the `#` away.
 */
export function defaultConfigText(): string {
  const tables = Map.groupBy(configKeys, ({ key }) => key.split(".").slice(0, -1).join("."));
  const parts = [...tables].flatMap(([table, keys]) => tableText(table.replace("NAME", exampleName), keys));
  return `# Configuration of gantryd; docs/configuration.md tells more.\n\n${parts.join("\n")}`;
}

/** A table whose keys are all comments is one as well, since it would not be empty for nothing. */
function tableText(table: string, keys: readonly ConfigKey[]): readonly string[] {
  const settings = keys.filter(({ key }) => !key.endsWith(".options"));
  const isMade = settings.some(({ fallback, key }) => fallback !== undefined || key === "version");
  const header = table === "" ? [] : [`${isMade ? "" : "#"}[${table}]\n`];
  const options = keys.filter(({ key }) => key.endsWith(".options"));
  return [
    `${[...header, ...settings.map(settingText)].join("")}`,
    ...options.map(({ means }) => `# ${means}\n#[${table}.options]\n`),
  ];
}

function settingText(key: ConfigKey): string {
  const { means, fallback, fallbackWords, example } = key;
  const isMade = fallback !== undefined || key.key === "version";
  const words = fallbackWords === undefined ? "" : `; default: ${fallbackWords.replaceAll("`", "")}`;
  const name = key.key.split(".").at(-1) ?? "";
  return `# ${means}${words}\n${isMade ? "" : "#"}${stringify({ [name]: fallback ?? example }).trim()}\n`;
}
