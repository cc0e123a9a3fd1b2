import { placeOf } from "../listener/tcp-address.ts";
import { readTlsFiles } from "../listener/tls-files.ts";
import { readConfigFiles } from "./config-files.ts";
import { type Flags, settingsFrom } from "./settings.ts";

/**
 * Returns the files that make up the configuration, all of which are right, and so are the files of TLS that they name.
 *
 * Throws what the daemon would refuse to start with
 */
export function checkedFiles(flags: Flags): readonly string[] {
  const files = readConfigFiles(flags.config);
  const { tcp } = settingsFrom(flags, files).config.listen;
  if (tcp !== undefined) placeOf(tcp);
  if (tcp?.tls !== undefined) readTlsFiles(tcp.tls);
  return files.sources.map(({ path }) => path);
}
