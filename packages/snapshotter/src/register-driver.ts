import { isOperationError, OperationError, type Snapshotter } from "@gantry/api";
import { defineSnapshotter, type Opened, type PluginContext, type SnapshotterRegistration } from "@gantry/api/plugin";
import type { SnapshotDriver } from "./driver.ts";
import type { DirectoryOptions } from "./layer-directories.ts";
import { openSnapshotStore } from "./records/sqlite-store.ts";
import { createSnapshotter } from "./snapshotter.ts";

/** The options of a driver's own that are set. */
export type Texts<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** What {@link registerDriver} needs of a driver. */
export interface DriverOffer<Name extends string> {
  /** Id of the registration, and word for the driver in configurations. */
  readonly id: string;
  readonly platforms: readonly NodeJS.Platform[];
  /** Options besides `unsynced` that the driver takes, all of them texts. Default: none. */
  readonly textOptions?: readonly Name[];
  /** Loads the driver's code, and opens it. `unimplemented` means that this host or this root cannot have it. */
  openDriver(root: string, options: DirectoryOptions, texts: Texts<Name>): Promise<SnapshotDriver>;
}

/**
 * Makes the registration of a driver: its snapshotter keeps the records in SQLite in the root it is given, takes the
 * option `unsynced` (boolean, default false) besides the driver's own, and logs what it could not remove.
 */
export function registerDriver<Name extends string = never>(offer: DriverOffer<Name>): SnapshotterRegistration {
  return defineSnapshotter({
    id: offer.id,
    async open(context) {
      if (!offer.platforms.includes(process.platform)) {
        return { skipped: `needs ${offer.platforms.join(" or ")}, this is ${process.platform}` };
      }
      const { options, texts } = optionsFrom(context, offer.textOptions ?? []);
      return openWith(context, options, () => offer.openDriver(context.root, options, texts));
    },
  });
}

async function openWith(
  context: PluginContext,
  options: DirectoryOptions,
  openDriver: () => Promise<SnapshotDriver>,
): Promise<Opened<Snapshotter>> {
  const store = await openSnapshotStore(context.root, { ...options, onFailure: context.fail });
  try {
    const onLeftover = (id: number, error: unknown) =>
      context.log("warn", "files of a removed snapshot could not be removed", { id, error: String(error) });
    return { ready: await createSnapshotter(await openDriver(), store, { onLeftover }) };
  } catch (error) {
    await store.close();
    if (isOperationError(error, "unimplemented")) {
      return { skipped: error.detail };
    }
    throw error;
  }
}

function optionsFrom<Name extends string>(
  context: PluginContext,
  textOptions: readonly Name[],
): { readonly options: DirectoryOptions; readonly texts: Texts<Name> } {
  const { unsynced = false, ...others } = context.options;
  if (typeof unsynced !== "boolean") {
    throw malformed(context, "option unsynced must be true or false");
  }
  const texts: Partial<Record<Name, string>> = {};
  for (const [name, value] of Object.entries(others)) {
    const known = textOptions.find((option) => option === name);
    if (known === undefined) {
      throw malformed(context, `option ${name} is unknown; known are ${["unsynced", ...textOptions].join(", ")}`);
    }
    if (typeof value !== "string" || value === "") {
      throw malformed(context, `option ${name} must be a text that is not empty`);
    }
    texts[known] = value;
  }
  return { options: { unsynced }, texts };
}

function malformed(context: PluginContext, detail: string): OperationError {
  return new OperationError("invalid-argument", { type: "snapshotter", id: context.root }, detail);
}
