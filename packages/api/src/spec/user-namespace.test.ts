import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "../errors.ts";
import { buildSpec } from "./build-spec.ts";
import type { OciIdMapping } from "./oci.ts";

const image = { os: "linux", config: { Cmd: ["sh"] } };
const range: OciIdMapping = { containerID: 0, hostID: 100_000, size: 65_536 };

describe("buildSpec: user namespace", () => {
  it("gives none unless asked", () => {
    const { linux } = buildSpec(image);
    assert.ok(linux?.namespaces?.every(({ type }) => type !== "user"));
    assert.ok(linux !== undefined && !("uidMappings" in linux));
  });

  it("has the same ranges for groups as for users unless told otherwise", () => {
    const { linux } = buildSpec(image, { userNamespace: { uidMappings: [range] } });
    assert.deepEqual(linux?.namespaces?.at(-2), { type: "user" });
    assert.deepEqual([linux?.uidMappings, linux?.gidMappings], [[range], [range]]);
    const gidMappings = [{ ...range, hostID: 7 }];
    const other = buildSpec(image, { userNamespace: { uidMappings: [range], gidMappings } });
    assert.deepEqual(other.linux?.gidMappings, gidMappings);
  });

  it("leaves the terminals' group out where there is no id for it", () => {
    const optionsOf = (size: number) => {
      const userNamespace = { uidMappings: [range], gidMappings: [{ ...range, size }] };
      return buildSpec(image, { userNamespace }).mounts?.find(({ type }) => type === "devpts")?.options ?? [];
    };
    assert.ok(optionsOf(6).includes("gid=5"));
    assert.ok(!optionsOf(5).includes("gid=5"));
  });

  it("shows the host's /sys, readonly, with the host's network", () => {
    const sysOf = (hostNetwork: boolean) => {
      const { mounts } = buildSpec(image, { hostNetwork, userNamespace: { uidMappings: [range] } });
      return mounts?.find(({ destination }) => destination === "/sys");
    };
    assert.equal(sysOf(false)?.type, "sysfs");
    assert.equal(sysOf(true)?.source, "/sys");
    assert.ok(sysOf(true)?.options?.includes("ro") && sysOf(true)?.options?.includes("rbind"));
  });

  const wrong: readonly (readonly [string, readonly OciIdMapping[], string])[] = [
    ["no range", [], ""],
    ["no id for root", [{ ...range, containerID: 1 }], ""],
    ["an empty range", [{ ...range, size: 0 }], "[0]"],
    ["half an id", [range, { ...range, hostID: 0.5 }], "[1]"],
    ["a range beyond the last id", [{ ...range, hostID: 4_294_967_294, size: 2 }], "[0]"],
  ];
  for (const [title, mappings, place] of wrong) {
    it(`rejects ${title} with invalid-argument`, () => {
      for (const name of ["uidMappings", "gidMappings"]) {
        const userNamespace = { uidMappings: [range], [name]: mappings };
        assert.throws(
          () => buildSpec(image, { userNamespace }),
          (error) =>
            isOperationError(error, "invalid-argument") && error.subject.id === `userNamespace.${name}${place}`,
        );
      }
    });
  }
});
