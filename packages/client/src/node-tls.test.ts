import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { TLSSocket } from "node:tls";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { createClient } from "./index.ts";

const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "needs openssl";

describe("a client over https", { skip }, () => {
  let directory: string;
  let server: Http2SecureServer;
  let port: number;
  const shown: (string | null)[] = [];
  const certificates: (string | undefined)[] = [];
  const file = (name: string) => path.join(directory, name);
  const issue = (name: string, ...flags: readonly string[]) => {
    const files = ["-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const args = ["req", "-x509", ...curve, "-nodes", "-days", "2", "-subj", `/CN=${name}`, ...flags, ...files];
    execFileSync("openssl", args, { stdio: "ignore" });
  };
  const pem = (name: string) => readFileSync(file(name));

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "gantry-client-tls-"));
    issue("ca");
    const byCa = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
    issue("server", "-addext", "subjectAltName=DNS:localhost", ...byCa);
    issue("caller", ...byCa);
    const routes = connectNodeAdapter({
      routes: (router) =>
        router.service(NamespaceService, {
          listNamespaces: (_, { requestHeader }) => {
            shown.push(requestHeader.get("authorization"));
            return {};
          },
        }),
    });
    const tls = { cert: pem("server.pem"), key: pem("server.key"), ca: pem("ca.pem") };
    server = createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: false }, routes);
    server.on("secureConnection", (socket) => {
      if (socket instanceof TLSSocket) certificates.push([socket.getPeerCertificate().subject?.CN].flat()[0]);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" ? (address?.port ?? 0) : 0;
  });

  after(async () => {
    server.close();
    await once(server, "close");
    rmSync(directory, { recursive: true, force: true });
  });

  it("trusts the authority that it is given, and shows its token and its certificate", async () => {
    const tls = { ca: pem("ca.pem"), cert: pem("caller.pem"), key: new Uint8Array(pem("caller.key")) };
    await using client = createClient({ address: `https://localhost:${port}`, token: "gantry_1_x", tls });
    await client.namespaces.list();
    assert.deepEqual(shown.splice(0), ["Bearer gantry_1_x"]);
    assert.equal(certificates.at(-1), "caller");
  });

  it("trusts nobody else, and says why", async () => {
    await using stranger = createClient({ address: `https://localhost:${port}`, token: "gantry_1_x", tls: {} });
    await assert.rejects(stranger.namespaces.list(), { kind: "unavailable", message: /leads to no authority/ });
    const tls = { ca: pem("ca.pem") };
    await using other = createClient({ address: `https://127.0.0.1:${port}`, token: "gantry_1_x", tls });
    await assert.rejects(other.namespaces.list(), { kind: "unavailable", message: /for another name/ });
    assert.deepEqual(shown, []);
  });
});
