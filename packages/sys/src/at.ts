// Names relative to an open directory, for walks that nobody can lead astray by exchanging directories for links.
export { type FileTimes, fchmodat, fchownat, futimens, utimensat } from "./at-attributes.ts";
export { linkat, mkdirat, mknodat, renameat, rmdirat, symlinkat, unlinkat } from "./at-names.ts";
export { type FileStatus, fstatat, readlinkat } from "./at-status.ts";
// Devices, extended attributes, file systems.
export { makeDevice, splitDevice } from "./device-number.ts";
export { openat, openat2, openFlag, resolveFlag } from "./open-at.ts";
export { syncfs } from "./sync-file-system.ts";
export { getXattr, listXattrs, removeXattr, setXattr, type XattrTarget } from "./xattr.ts";
