import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate with its key: paths, and what is in them. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly cert: Buffer;
}

/** Why there can be no certificates here; `false` if there can. */
export const noOpenssl: string | false = findOpenssl();

function findOpenssl(): string | false {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "needs openssl";
  }
}

/** An authority of its own in `directory`, and certificates that lead to it. */
export class TestAuthority {
  readonly #directory: string;
  readonly #name: string;

  constructor(directory: string, name = "ca") {
    this.#directory = directory;
    this.#name = name;
    this.#certify("-subj", `/CN=${name}`, ...this.#to(name));
  }

  get file(): string {
    return this.#path(`${this.#name}.pem`);
  }

  get pem(): Buffer {
    return readFileSync(this.file);
  }

  /** @param names - as openssl writes them, `DNS:localhost,IP:127.0.0.1` */
  issue(commonName: string, names = `DNS:${commonName}`): TestCertificate {
    const authority = ["-CA", this.file, "-CAkey", this.#path(`${this.#name}.key`)];
    const subject = ["-subj", `/CN=${commonName}`, "-addext", `subjectAltName=${names}`];
    this.#certify(...authority, ...subject, ...this.#to(commonName));
    const certificate = this.#path(`${commonName}.pem`);
    return { certificate, key: this.#path(`${commonName}.key`), cert: readFileSync(certificate) };
  }

  #to(name: string): readonly string[] {
    return ["-keyout", this.#path(`${name}.key`), "-out", this.#path(`${name}.pem`)];
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  /** Makes a key and a certificate of two days for it. */
  #certify(...args: readonly string[]): void {
    execFileSync("openssl", ["req", "-x509", ...newKey, "-days", "2", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  }
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
