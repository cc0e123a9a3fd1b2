/** One property of one dataset, as `zfs get -Hp -o name,property,value` prints it. */
export interface ZfsProperty {
  readonly dataset: string;
  readonly property: string;
  /** Exact numbers; `-` where the dataset has no such property. */
  readonly value: string;
}

/**
 * Parses what `zfs get -Hp -o name,property,value` prints: a line for each property of each dataset, its three fields
 * parted by tabs. The value may hold tabs itself, and a user property's line ends too; lines that are cut are left out.
 */
export function parseProperties(text: string): readonly ZfsProperty[] {
  return text.split("\n").flatMap((line) => {
    const [dataset, property, ...value] = line.split("\t");
    if (dataset === undefined || property === undefined || value.length === 0) {
      return [];
    }
    return [{ dataset, property, value: value.join("\t") }];
  });
}

/** The value of a dataset's property, or undefined where it was not listed. */
export function propertyValue(
  properties: readonly ZfsProperty[],
  dataset: string,
  property: string,
): string | undefined {
  return properties.find((each) => each.dataset === dataset && each.property === property)?.value;
}

/** The numbers that name the children of `base` among the datasets listed, the highest first. */
export function childNumbers(properties: readonly ZfsProperty[], base: string): readonly number[] {
  const names = new Set(properties.map(({ dataset }) => dataset));
  const numbers = [...names]
    .filter((name) => name.startsWith(`${base}/`))
    .map((name) => name.slice(base.length + 1))
    .filter((name) => /^[1-9][0-9]*$/.test(name));
  return numbers.map(Number).toSorted((a, b) => b - a);
}

const component = "[A-Za-z0-9][A-Za-z0-9_.: -]*";
const datasetName = new RegExp(`^${component}(/${component})*$`);

/**
 * Whether a text can be the name of a dataset (zfs(8), "ZFS File System Hierarchy"). A name never begins with a hyphen,
 * so it cannot be taken for an option of the command.
 */
export function isDatasetName(text: string): boolean {
  return text.length < 256 && datasetName.test(text);
}
