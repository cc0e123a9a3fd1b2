import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePlainly, withPlainMessage } from "./grpc-message.ts";

describe("encodePlainly", () => {
  it("encodes what the protocol wants encoded, and no more", () => {
    assert.equal(encodePlainly('container "x": a/b, 100%\n'), 'container "x": a/b, 100%25%0A');
    assert.equal(encodePlainly("größe\u{1f4a5}"), "gr%C3%B6%C3%9Fe%F0%9F%92%A5");
  });

  it("is undone by decodeURIComponent", () => {
    const text = 'a%b: ü "x"\t€ % %41';
    assert.equal(decodeURIComponent(encodePlainly(text)), text);
  });
});

describe("withPlainMessage", () => {
  it("looks at the trailer only when it is asked for", () => {
    const trailer = new Headers();
    const response = withPlainMessage({ status: 200, trailer });
    trailer.set("grpc-message", "a%3A%20b");
    assert.equal(response.trailer?.get("grpc-message"), "a: b");
  });
});
