import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostPlatform, platformDistance, platformText } from "./platform.ts";

function platform(text: string) {
  const [os = "", architecture = "", variant] = text.split("/");
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

describe("platformDistance", () => {
  const runs: readonly (readonly [offered: string, wanted: string, distance: number | undefined])[] = [
    ["linux/amd64", "linux/amd64", 0],
    ["linux/amd64", "linux/arm64", undefined],
    ["windows/amd64", "linux/amd64", undefined],
    ["linux/x86_64", "linux/amd64", 0],
    ["linux/amd64/v2", "linux/amd64", undefined],
    ["linux/amd64", "linux/amd64/v3", 2],
    ["linux/amd64/v2", "linux/amd64/v3", 1],
    ["linux/arm/v6", "linux/arm", 1],
    ["linux/arm/v7", "linux/arm", 0],
    ["linux/arm/v7", "linux/arm/v6", undefined],
    ["linux/arm64/v8", "linux/arm64", 0],
    ["linux/aarch64", "linux/arm64/v8", 0],
    ["linux/riscv64", "linux/riscv64", 0],
    ["unknown/unknown", "linux/amd64", undefined],
  ];
  for (const [offered, wanted, distance] of runs) {
    it(`takes ${offered} for ${wanted}: ${distance ?? "never"}`, () => {
      assert.equal(platformDistance(platform(offered), platform(wanted)), distance);
    });
  }

  it("knows this host", () => {
    assert.equal(platformDistance(hostPlatform(), hostPlatform()), 0);
    assert.match(platformText(hostPlatform()), /^[a-z0-9]+\/[a-z0-9]+$/);
    assert.notEqual(hostPlatform().architecture, "x64");
  });
});
