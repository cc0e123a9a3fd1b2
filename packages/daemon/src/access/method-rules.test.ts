import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { services } from "../services/routes.ts";
import { ruleOf } from "./method-rules.ts";

const methods = services.flatMap(({ typeName, methods }) => methods.map(({ name }) => `${typeName}/${name}`));

describe("the rules of methods", () => {
  it("name every method that is served", () => {
    const without = methods.filter((method) => ruleOf(method) === undefined);
    assert.deepEqual(without, []);
  });

  it("know nothing of a method that nobody has thought about", () => {
    assert.equal(ruleOf("gantry.containers.v1.ContainerService/ShredContainer"), undefined);
  });

  it("leave to readers what only looks, and nothing else", () => {
    const looks =
      /^(Get|List|Stat|Stream|Resolve|Read|Wait|Attach|Subscribe|Diff|Check$|Watch|ServerReflection|Explain)/;
    for (const method of methods) {
      const looksOnly = looks.test(method.split("/")[1] ?? "");
      const rule = ruleOf(method);
      if (rule === undefined || method.includes("access.v1")) continue;
      assert.equal(rule.mutates, !looksOnly, method);
      assert.equal(rule.role === null || rule.role === "reader", looksOnly, method);
    }
  });

  it("let nobody but a prober in without an identity", () => {
    const anonymous = methods.filter((method) => ruleOf(method)?.role === null);
    assert.deepEqual(anonymous, ["grpc.health.v1.Health/Check"]);
  });
});
